"""How invalid settings are reported, whatever they are read from: every error at once, one a line."""

from collections.abc import Mapping, Sequence


def settings_report(subject: str, problems: Sequence[str], note: str = "") -> str:
    """Return "{subject} can't be used, 2 errors{note}:" with one indented line for each distinct problem."""
    distinct = list(dict.fromkeys(problems))
    count = f"{len(distinct)} error" + ("s" if len(distinct) > 1 else "")
    return "\n".join([f"{subject} can't be used, {count}{note}:", *(f"  - {problem}" for problem in distinct)])


def variable_problem(name: str, variables: Mapping[str, str], expected: str) -> str:
    """Return the problem of one environment variable: its value, or that it is absent, and what is expected."""
    value = f"given {variables[name]!r}" if name in variables else "not given"
    return f"{name}: {value}, expected {expected}"
