"""Functions of Trino whose meaning in DuckDB has to be spelled out."""

from sqlglot import exp

from localcloud.services.athena.engine.errors import QueryError
from localcloud.services.athena.engine.projection import python_format

_DIFFERENCES = (exp.DateDiff, exp.TimestampDiff, exp.DatetimeDiff)
_SUMS = (exp.DateAdd, exp.DateSub, exp.Add, exp.Sub, exp.DateTrunc, exp.TimestampTrunc)


def rewritten(tree: exp.Expr) -> exp.Expr:
    """The tree with date functions that take Joda's patterns in terms of strftime's."""
    return tree.transform(_rewrite)


def duckdb_sql(node: exp.Expr) -> str:
    """A checked and annotated expression in DuckDB's dialect."""
    tree = node.copy()
    # The innermost first, so that what stands around them sees them replaced.
    for found in reversed(list(tree.find_all(*_DIFFERENCES, *_SUMS, exp.ArraySize, exp.Anonymous))):
        replacement = _as_in_trino(found)
        if replacement is not found:
            tree = replacement if found is tree else tree
            found.replace(replacement)
    return tree.sql("duckdb")


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
        interval = isinstance(node.expression, exp.Interval) or not isinstance(node, exp.Add | exp.Sub)
        return exp.cast(node.copy(), exp.DataType.Type.DATE) if interval else node
    return node


def _iso8601(moment: exp.Expr) -> exp.Expr:
    if moment.is_type(exp.DataType.Type.DATE):
        pattern = "%Y-%m-%d"
    else:
        zone = "" if moment.is_type(exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ) else "Z"
        pattern = f"%Y-%m-%dT%H:%M:%S.%g{zone}"
    return exp.Anonymous(this="strftime", expressions=[moment.copy(), exp.Literal.string(pattern)])


def _rewrite(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Anonymous) and node.name.lower() == "format_datetime" and len(node.expressions) == 2:  # noqa: PLR2004
        moment, pattern = node.expressions
        return exp.TimeToStr(this=moment, format=_strftime(pattern))
    if isinstance(node, exp.ParseDatetime):
        # Trino's answer has a time zone, the session's.
        parsed = exp.StrToTime(this=node.this, format=_strftime(node.args.get("format")))
        return exp.cast(parsed, exp.DataType.Type.TIMESTAMPTZ)
    if isinstance(node, exp.Anonymous) and node.name.lower() == "every":
        return exp.LogicalAnd(this=node.expressions[0])
    return node


def _strftime(pattern: exp.Expr | None) -> exp.Expr:
    if not isinstance(pattern, exp.Literal):
        raise QueryError("NOT_SUPPORTED", "The local Athena needs the pattern of a date function as a literal")
    return exp.Literal.string(python_format(pattern.name))
