"""Where Trino, Athena's engine, and DuckDB differ: what has to be refused, and what has to be spelled out."""

from sqlglot import exp

from localcloud.services.athena.engine.errors import QueryError
from localcloud.services.athena.engine.projection import python_format
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
_SHARED_FUNCTIONS = frozenset(
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
_FILE_FUNCTIONS = (exp.ReadCSV, exp.ReadParquet)
_DIFFERENCES = (exp.DateDiff, exp.TimestampDiff, exp.DatetimeDiff)
_SUMS = (exp.DateAdd, exp.DateSub, exp.Add, exp.Sub, exp.DateTrunc, exp.TimestampTrunc)
_FORMAT_ARGUMENTS = 2


def check(tree: exp.Expr, text: str) -> None:
    """Refuse what Athena's engine would and DuckDB would not: mixed types in comparisons, unknown functions.

    Args:
        tree: the statement, annotated with types.
        text: the statement as it was written, for positions.

    Raises:
        QueryError: TYPE_MISMATCH or FUNCTION_NOT_FOUND.
    """
    for node in tree.find_all(exp.Binary):
        if type(node) in _OPERATORS:
            _check_comparable(node, node.left, node.right, text)
    for node in tree.find_all(exp.Between):
        for bound in ("low", "high"):
            _check_comparable(node, node.this, node.args[bound], text)
    for node in tree.find_all(exp.In):
        for value in node.expressions:
            _check_comparable(node, node.this, value, text)
    for node in tree.find_all(exp.Anonymous, *_FILE_FUNCTIONS):
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
        if name.lower() not in _SHARED_FUNCTIONS:
            where = position(node, text)
            raise QueryError("FUNCTION_NOT_FOUND", f"{where}: Function '{name.lower()}' not registered")


def rewrite(tree: exp.Expr) -> exp.Expr:
    """Return the tree without functions that sqlglot does not translate, such as those with Joda's date patterns."""
    return tree.transform(_rewrite_node)


def duckdb_sql(node: exp.Expr) -> str:
    """Return a checked and annotated expression in DuckDB's dialect."""
    tree = node.copy()
    # The innermost first, so that what stands around them sees them replaced.
    for inner in reversed(list(tree.find_all(*_DIFFERENCES, *_SUMS, exp.ArraySize, exp.Anonymous))):
        replacement = _as_in_trino(inner)
        if replacement is not inner:
            tree = replacement if inner is tree else tree
            inner.replace(replacement)
    return tree.sql("duckdb")


def _check_comparable(node: exp.Expr, left: exp.Expr, right: exp.Expr, text: str) -> None:
    kinds = _kind(left), _kind(right)
    if None in kinds or kinds[0] == kinds[1]:
        return
    comparison = f"{_trino_type(left)} {_operator(node)} {_trino_type(right)}"
    raise QueryError("TYPE_MISMATCH", f"{position(node, text)}: Cannot apply operator: {comparison}")


def _kind(node: exp.Expr) -> str | None:
    if node.type is None:
        return None
    if node.type.this in exp.DataType.TEXT_TYPES:
        return "text"
    if node.type.this in exp.DataType.NUMERIC_TYPES:
        return "number"
    if node.type.this in exp.DataType.TEMPORAL_TYPES:
        return "time"
    return "boolean" if node.type.this == exp.DataType.Type.BOOLEAN else None


def _trino_type(node: exp.Expr) -> str:
    if isinstance(node, exp.Literal) and node.is_string:
        return f"varchar({len(node.name)})"
    return node.type.sql("athena").lower() if node.type else "unknown"


def _operator(node: exp.Expr) -> str:
    return _OPERATORS.get(type(node), "BETWEEN" if isinstance(node, exp.Between) else "IN")


def _as_in_trino(node: exp.Expr) -> exp.Expr:
    if isinstance(node, _DIFFERENCES):
        # Trino's date_diff counts whole units that have passed, DuckDB's the boundaries between them.
        unit = exp.Literal.string((node.text("unit") or "day").lower())
        return exp.Anonymous(this="date_sub", expressions=[unit, node.expression.copy(), node.this.copy()])
    if isinstance(node, exp.ArraySize):
        is_map = node.this.is_type(exp.DataType.Type.MAP)
        return exp.Anonymous(this="cardinality", expressions=[node.this.copy()]) if is_map else node
    if isinstance(node, exp.Anonymous):
        return _iso8601(node.expressions[0]) if node.name.lower() == "to_iso8601" else node
    if isinstance(node, exp.Binary | exp.Func) and node.this.is_type(exp.DataType.Type.DATE):
        # A date and an interval of days make a date in Trino, a timestamp in DuckDB.
        is_interval = isinstance(node.expression, exp.Interval) or not isinstance(node, exp.Add | exp.Sub)
        return exp.cast(node.copy(), exp.DataType.Type.DATE) if is_interval else node
    return node


def _iso8601(moment: exp.Expr) -> exp.Expr:
    if moment.is_type(exp.DataType.Type.DATE):
        pattern = "%Y-%m-%d"
    else:
        zone = "" if moment.is_type(exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ) else "Z"
        pattern = f"%Y-%m-%dT%H:%M:%S.%g{zone}"
    return exp.Anonymous(this="strftime", expressions=[moment.copy(), exp.Literal.string(pattern)])


def _rewrite_node(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Anonymous) and node.name.lower() == "format_datetime":
        if len(node.expressions) != _FORMAT_ARGUMENTS:
            return node
        moment, pattern = node.expressions
        return exp.TimeToStr(this=moment, format=_strftime(pattern))
    if isinstance(node, exp.ParseDatetime):
        # Trino's answer has a time zone, the session's.
        moment = exp.StrToTime(this=node.this, format=_strftime(node.args.get("format")))
        return exp.cast(moment, exp.DataType.Type.TIMESTAMPTZ)
    if isinstance(node, exp.Anonymous) and node.name.lower() == "every":
        return exp.LogicalAnd(this=node.expressions[0])
    return node


def _strftime(pattern: exp.Expr | None) -> exp.Expr:
    if not isinstance(pattern, exp.Literal):
        raise QueryError("NOT_SUPPORTED", "The local Athena needs the pattern of a date function as a literal")
    return exp.Literal.string(python_format(pattern.name))
