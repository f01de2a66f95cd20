"""What Athena's engine refuses and DuckDB would accept: mixed types in comparisons, unknown functions."""

from sqlglot import exp

from localcloud.services.athena.engine.errors import QueryError
from localcloud.services.athena.engine.statement import position

_OPERATORS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
}
# Functions of Trino that sqlglot has no node for and that mean the same in DuckDB.
_SHARED = frozenset(
    {
        "bit_count",
        "bool_and",
        "bool_or",
        "entropy",
        "geometric_mean",
        "json_array_length",
        "kurtosis",
        "map_values",
        "to_iso8601",
    }
)
# Nodes for DuckDB's table functions on files.
_FILES = (exp.ReadCSV, exp.ReadParquet)


def check(tree: exp.Expr, text: str) -> None:
    """Checks an annotated tree.

    Raises:
        QueryError: TYPE_MISMATCH or FUNCTION_NOT_FOUND.
    """
    for node in tree.find_all(exp.Binary):
        if type(node) in _OPERATORS:
            _comparable(node, node.left, node.right, text)
    for node in tree.find_all(exp.Between):
        for bound in ("low", "high"):
            _comparable(node, node.this, node.args[bound], text)
    for node in tree.find_all(exp.In):
        for value in node.expressions:
            _comparable(node, node.this, value, text)
    for node in tree.find_all(exp.Anonymous, *_FILES):
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
        if name.lower() not in _SHARED:
            where = position(node, text)
            raise QueryError("FUNCTION_NOT_FOUND", f"{where}: Function '{name.lower()}' not registered")


def _comparable(node: exp.Expr, left: exp.Expr, right: exp.Expr, text: str) -> None:
    kinds = _kind(left), _kind(right)
    if None in kinds or kinds[0] == kinds[1]:
        return
    written = f"{_trino(left)} {_operator(node)} {_trino(right)}"
    raise QueryError("TYPE_MISMATCH", f"{position(node, text)}: Cannot apply operator: {written}")


def _kind(node: exp.Expr) -> str | None:
    found = node.type
    if found is None:
        return None
    if found.this in exp.DataType.TEXT_TYPES:
        return "text"
    if found.this in exp.DataType.NUMERIC_TYPES:
        return "number"
    if found.this in exp.DataType.TEMPORAL_TYPES:
        return "time"
    return "boolean" if found.this == exp.DataType.Type.BOOLEAN else None


def _trino(node: exp.Expr) -> str:
    if isinstance(node, exp.Literal) and node.is_string:
        return f"varchar({len(node.name)})"
    return node.type.sql("athena").lower() if node.type else "unknown"


def _operator(node: exp.Expr) -> str:
    return _OPERATORS.get(type(node), "BETWEEN" if isinstance(node, exp.Between) else "IN")
