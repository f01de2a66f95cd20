"""How the metrics of a version compare with those of the last approved one."""

from collections.abc import Iterable, Mapping

from messages.content import Metric

# Whether a smaller value is better. A metric that is not listed is shown without a judgement.
_SMALLER_IS_BETTER = {"mse": True, "rmse": True, "mae": True, "r2": False}


def compare(values: Mapping[str, float], previous: Mapping[str, float]) -> list[Metric]:
    """One row for each metric of the version: first those with a known direction, then the others by name."""
    return [_delta(name, values[name], previous.get(name)) for name in _in_order(values)]


def _in_order(names: Iterable[str]) -> list[str]:
    known = list(_SMALLER_IS_BETTER)
    return sorted(names, key=lambda name: (known.index(name) if name in known else len(known), name))


def _delta(name: str, value: float, previous: float | None) -> Metric:
    if previous is None:
        return Metric(name=name, value=value)
    change = value - previous
    return Metric(
        name=name,
        value=value,
        previous=previous,
        change=change,
        percent=100 * change / abs(previous) if previous else None,
        verdict=_verdict(name, change),
    )


def _verdict(name: str, change: float) -> str | None:
    if name not in _SMALLER_IS_BETTER:
        return None
    if change == 0:
        return "same"
    return "better" if (change < 0) == _SMALLER_IS_BETTER[name] else "worse"
