"""Which conditions of a statement restrict the rows that are read of each table.

Conditions go down into common table expressions and subqueries as far as their columns are computed from single rows,
which is what Athena's engine does before it works out the partitions.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope, build_scope

_MAY_ACCEPT_NULL = (exp.Is, exp.Coalesce, exp.Not, exp.Or, exp.Case, exp.If, exp.NullSafeEQ, exp.NullSafeNEQ)
_NOT_ROW_BY_ROW = (exp.AggFunc, exp.Window, exp.Subquery, exp.Select, exp.Unnest, exp.Rand, exp.Uuid)

Conditions = dict[int, list[exp.Expr]]


def predicates_by_table(tree: exp.Expr) -> Conditions:
    """Return for each table node (by its `id()`) the conditions on its rows; their columns carry no table name.

    The tree has to be qualified.
    """
    conditions: Conditions = {}
    root = build_scope(tree)
    if root:
        references = Counter(id(source) for scope in root.traverse() for source in _sources(scope).values())
        _Visit(references, conditions).scope(root, [])
    return conditions


@dataclass(frozen=True)
class _Condition:
    """A condition in the scope of a query.

    `optional_side` is the source whose LEFT JOIN the condition belongs to: it decides only which of its rows join, and
    it does so before others are replaced by NULLs. None for a condition on the query's rows.
    """

    expression: exp.Expr
    optional_side: str | None = None

    def restricts(self, source: str, nullable: set[str]) -> bool:
        """Return whether rows of a source for which the condition does not hold make no difference to the query.

        Args:
            source: the name of the source in the query.
            nullable: the sources whose rows an outer join may replace by NULLs.
        """
        if self.optional_side not in {None, source}:
            return False
        columns = list(self.expression.find_all(exp.Column))
        if not columns or any(column.table != source for column in columns):
            return False
        if self.expression.find(*_NOT_ROW_BY_ROW):
            return False
        sees_nulls = self.optional_side is None and source in nullable
        return not (sees_nulls and self.expression.find(*_MAY_ACCEPT_NULL))


class _Visit:
    """Go through the scopes from the outside to the inside, each of them once."""

    def __init__(self, references: Counter[int], by_table: Conditions) -> None:
        self._references = references
        self._by_table = by_table
        self._visited: set[int] = set()

    def scope(self, scope: Scope, on_result: list[exp.Expr]) -> None:
        """Note the conditions on the tables of a scope, given those on its result."""
        if id(scope) in self._visited:
            return
        self._visited.add(id(scope))
        if scope.set_operation_scopes:
            self._set_operation(scope, [] if _is_limited(scope.expression) else on_result)
            return
        conditions = [*_conditions(scope), *(_Condition(expression) for expression in _through(scope, on_result))]
        nullable = _nullable(scope)
        for name, source in _sources(scope).items():
            restricting = [_unqualified(each.expression) for each in conditions if each.restricts(name, nullable)]
            if isinstance(source, exp.Table):
                self._by_table.setdefault(id(source), []).extend(restricting)
            elif isinstance(source, Scope) and not source.is_udtf:
                # What several references share is computed once here, so none of them may restrict it.
                self.scope(source, restricting if self._references[id(source)] == 1 else [])
        for subquery in scope.subquery_scopes:
            self.scope(subquery, [])

    def _set_operation(self, scope: Scope, on_result: list[exp.Expr]) -> None:
        names = _outputs(scope)
        for branch in scope.set_operation_scopes:
            # Columns of set operations are matched by position.
            branch_names = dict(zip(names, _outputs(branch), strict=False))
            self.scope(branch, [_renamed(expression, branch_names) for expression in on_result])


def _sources(scope: Scope) -> dict[str, exp.Expr | Scope]:
    return {name: source for name, (_, source) in scope.selected_sources.items()}


def _outputs(scope: Scope) -> list[str]:
    query = scope.expression
    return list(query.named_selects) if isinstance(query, exp.Query) else []


def _is_limited(query: exp.Expr) -> bool:
    return bool(query.args.get("limit") or query.args.get("offset"))


def _conditions(scope: Scope) -> Iterator[_Condition]:
    """Yield the conditions of WHERE and ON."""
    if where := scope.expression.args.get("where"):
        yield from (_Condition(expression) for expression in _conjuncts(where.this))
    for join in scope.expression.args.get("joins") or []:
        on = join.args.get("on")
        if on is None or join.side in {"RIGHT", "FULL"}:
            continue
        optional_side = join.alias_or_name if join.side == "LEFT" else None
        yield from (_Condition(expression, optional_side) for expression in _conjuncts(on))


def _conjuncts(condition: exp.Expr) -> list[exp.Expr]:
    condition = condition.unnest()
    return list(condition.flatten()) if isinstance(condition, exp.And) else [condition]


def _nullable(scope: Scope) -> set[str]:
    """Return the sources whose rows an outer join may replace by NULLs."""
    names = list(_sources(scope))
    nullable: set[str] = set()
    for join in scope.expression.args.get("joins") or []:
        if join.side in {"LEFT", "FULL"}:
            nullable.add(join.alias_or_name)
        if join.side in {"RIGHT", "FULL"}:
            nullable.update(name for name in names if name != join.alias_or_name)
    return nullable


def _through(scope: Scope, on_result: list[exp.Expr]) -> Iterator[exp.Expr]:
    """Yield conditions on a query's result as conditions on its sources, where they mean the same."""
    query = scope.expression
    if not isinstance(query, exp.Select) or _is_limited(query) or query.find(exp.Window):
        return
    group = query.args.get("group")
    keys = group.expressions if group else None
    is_grouped = keys is not None or any(projection.find(exp.AggFunc) for projection in query.selects)
    projections = {projection.alias_or_name: projection.unalias() for projection in query.selects}
    for condition in on_result:
        sources = [projections.get(column.name) for column in condition.find_all(exp.Column)]
        if any(source is None or source.find(*_NOT_ROW_BY_ROW) for source in sources):
            continue
        if is_grouped and not all(source in (keys or []) for source in sources):
            continue
        yield condition.copy().transform(_substitute, projections)


def _substitute(node: exp.Expr, projections: dict[str, exp.Expr]) -> exp.Expr:
    if isinstance(node, exp.Column) and not node.table:
        return exp.paren(projections[node.name].copy()) if node.parent else projections[node.name].copy()
    return node


def _unqualified(condition: exp.Expr) -> exp.Expr:
    copied = condition.copy()
    for column in copied.find_all(exp.Column):
        for part in ("table", "db", "catalog"):
            column.set(part, None)
    return copied


def _renamed(condition: exp.Expr, names: dict[str, str]) -> exp.Expr:
    copied = condition.copy()
    for column in copied.find_all(exp.Column):
        column.set("this", exp.to_identifier(names.get(column.name, column.name), quoted=True))
    return copied
