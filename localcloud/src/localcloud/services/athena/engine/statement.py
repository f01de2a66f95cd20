"""A statement: what kind it is, and its syntax tree in Athena's dialect.

Source: Athena user guide, "SQL reference for Athena". Only statements that read are served.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from localcloud.http.errors import AwsError

_NAME = r"[`\"]?(\w+)[`\"]?"
_SHOW_TABLES = re.compile(rf"show\s+tables(?:\s+(?:in|from)\s+{_NAME})?(?:\s+(?:like\s+)?'([^']*)')?", re.IGNORECASE)
_SHOW_DATABASES = re.compile(r"show\s+(?:databases|schemas)(?:\s+like\s+'([^']*)')?", re.IGNORECASE)
_TABLE = rf"(?:{_NAME}\.)?{_NAME}"
_SHOW_PARTITIONS = re.compile(rf"show\s+partitions\s+{_TABLE}", re.IGNORECASE)
_DESCRIBE = re.compile(rf"desc(?:ribe)?\s+(?:extended\s+|formatted\s+)?{_TABLE}", re.IGNORECASE)
_UTILITIES = (
    ("SHOW_TABLES", _SHOW_TABLES),
    ("SHOW_DATABASES", _SHOW_DATABASES),
    ("SHOW_PARTITIONS", _SHOW_PARTITIONS),
    ("DESCRIBE_TABLE", _DESCRIBE),
)


@dataclass(frozen=True)
class Statement:
    """A parsed statement: a tree for DML, or the name and arguments of a utility statement."""

    kind: str
    substatement: str
    tree: exp.Expr | None = None
    arguments: tuple[str | None, ...] = ()

    @property
    def is_query(self) -> bool:
        """Whether it returns rows of tables."""
        return self.kind == "DML"


def parse(text: str, parameters: Sequence[str] = ()) -> Statement:
    """Parses a statement, with its execution parameters in place of `?`.

    Raises:
        AwsError: InvalidRequestException for what Athena would not start.
    """
    stripped = text.strip().rstrip(";").strip()
    for name, pattern in _UTILITIES:
        if found := pattern.fullmatch(stripped):
            arguments = tuple(group.lower() if group else None for group in found.groups())
            return Statement("UTILITY", name, arguments=arguments)
    trees = [tree for tree in _trees(stripped) if tree is not None]
    if len(trees) != 1:
        raise _refused(f"Only one sql statement is allowed. Got: {text}")
    (tree,) = trees
    if not isinstance(tree, exp.Query) or tree.find(exp.Into):
        raise _refused(
            "Queries of this type are not supported. The local Athena runs SELECT and WITH statements, SHOW TABLES, "
            "SHOW DATABASES, SHOW PARTITIONS and DESCRIBE; tables are made in the Glue catalog."
        )
    return Statement("DML", "SELECT", _with_parameters(tree, parameters))


def position(node: exp.Expr, text: str) -> str:
    """Where a node stands in its statement as Trino writes it, e.g. `line 1:15`."""
    starts = [found.meta["start"] for found in node.find_all(exp.Identifier, exp.Func) if "start" in found.meta]
    offset = min(starts, default=0)
    before = text.strip()[:offset]
    return f"line {before.count(chr(10)) + 1}:{offset - (before.rfind(chr(10)) + 1) + 1}"


def _trees(text: str) -> list[Any]:
    try:
        return list(sqlglot.parse(text, read="athena"))
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        line, column = first.get("line") or 1, first.get("col") or 1
        given = first.get("highlight") or "<EOF>"
        start = max(1, column - len(given) + 1)
        raise _refused(f"line {line}:{start}: mismatched input '{given}'. {first.get('description', '')}") from error
    except SqlglotError as error:
        raise _refused(f"line 1:1: {error}") from error


def _with_parameters(tree: exp.Query, parameters: Sequence[str]) -> exp.Expr:
    places = sorted(tree.find_all(exp.Placeholder), key=lambda node: node.meta.get("start", 0))
    if len(places) != len(parameters):
        raise _refused(f"Incorrect number of parameters: expected {len(places)} but found {len(parameters)}")
    # A walk in depth-first order meets the placeholders in the order of the text.
    for place, given in zip(list(tree.find_all(exp.Placeholder, bfs=False)), parameters, strict=True):
        (value,) = _trees(f"SELECT {given}")
        place.replace(value.expressions[0])
    return tree


def _refused(message: str) -> AwsError:
    return AwsError("InvalidRequestException", message)
