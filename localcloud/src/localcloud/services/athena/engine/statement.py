"""A statement: what kind it is, and its syntax tree in Athena's dialect.

Source: Athena user guide, "SQL reference for Athena". Only statements that read are served.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from localcloud.services.athena.engine.errors import StatementError

if TYPE_CHECKING:
    from mypy_boto3_athena.literals import StatementTypeType

_NAME = r"[`\"]?(\w+)[`\"]?"
_TABLE = rf"(?:{_NAME}\.)?{_NAME}"
_UTILITIES = {
    "SHOW_TABLES": rf"show\s+tables(?:\s+(?:in|from)\s+{_NAME})?(?:\s+(?:like\s+)?'([^']*)')?",
    "SHOW_DATABASES": r"show\s+(?:databases|schemas)(?:\s+like\s+'([^']*)')?",
    "SHOW_PARTITIONS": rf"show\s+partitions\s+{_TABLE}",
    "DESCRIBE_TABLE": rf"desc(?:ribe)?\s+(?:extended\s+|formatted\s+)?{_TABLE}",
}


@dataclass(frozen=True)
class Statement:
    """A parsed statement: a tree for DML, or the name and arguments of a utility statement."""

    kind: StatementTypeType
    substatement: str
    tree: exp.Expr | None = None
    arguments: tuple[str | None, ...] = ()

    @property
    def is_query(self) -> bool:
        """Whether it returns rows of tables."""
        return self.kind == "DML"


def parse(text: str, parameters: Sequence[str] = ()) -> Statement:
    """Parse a statement, with its execution parameters in place of `?`.

    Raises:
        StatementError: for what Athena would not start.
    """
    stripped = text.strip().rstrip(";").strip()
    for name, pattern in _UTILITIES.items():
        if match := re.fullmatch(pattern, stripped, re.IGNORECASE):
            arguments = tuple(group.lower() if group else None for group in match.groups())
            return Statement("UTILITY", name, arguments=arguments)
    trees = [tree for tree in _trees(stripped) if tree is not None]
    if len(trees) != 1:
        raise StatementError(f"Only one sql statement is allowed. Got: {text}")
    (tree,) = trees
    if not isinstance(tree, exp.Query) or tree.find(exp.Into):
        raise StatementError(
            "Queries of this type are not supported. The local Athena runs SELECT and WITH statements, SHOW TABLES, "
            "SHOW DATABASES, SHOW PARTITIONS and DESCRIBE; tables are made in the Glue catalog."
        )
    return Statement("DML", "SELECT", _with_parameters(tree, parameters))


def position(node: exp.Expr, text: str) -> str:
    """Return where a node stands in its statement as Trino writes it, e.g. `line 1:15`."""
    starts = [part.meta["start"] for part in node.find_all(exp.Identifier, exp.Func) if "start" in part.meta]
    offset = min(starts, default=0)
    before = text.strip()[:offset]
    return f"line {before.count(chr(10)) + 1}:{offset - (before.rfind(chr(10)) + 1) + 1}"


def _trees(text: str) -> list[Any]:
    try:
        return list(sqlglot.parse(text, read="athena"))
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        line, column = first.get("line") or 1, first.get("col") or 1
        token = first.get("highlight") or "<EOF>"
        start = max(1, column - len(token) + 1)
        reason = first.get("description", "")
        raise StatementError(f"line {line}:{start}: mismatched input '{token}'. {reason}") from error
    except SqlglotError as error:
        raise StatementError(f"line 1:1: {error}") from error


def _with_parameters(tree: exp.Query, parameters: Sequence[str]) -> exp.Expr:
    # A walk in depth-first order meets the placeholders in the order of the text.
    placeholders = list(tree.find_all(exp.Placeholder, bfs=False))
    if len(placeholders) != len(parameters):
        raise StatementError(
            f"Incorrect number of parameters: expected {len(placeholders)} but found {len(parameters)}"
        )
    for placeholder, parameter in zip(placeholders, parameters, strict=True):
        (select,) = _trees(f"SELECT {parameter}")
        placeholder.replace(select.expressions[0])
    return tree
