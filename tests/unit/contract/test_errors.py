"""The report of invalid settings."""

from contract.errors import settings_report, variable_problem


def test_a_report_counts_the_distinct_problems_and_lists_them() -> None:
    assert settings_report("The file", ["a", "b", "a"], "; nothing was changed") == (
        "The file can't be used, 2 errors; nothing was changed:\n  - a\n  - b"
    )
    assert settings_report("The file", ["a"]) == "The file can't be used, 1 error:\n  - a"


def test_a_variable_is_reported_with_its_value_or_as_absent() -> None:
    assert variable_problem("STACK", {"STACK": "X"}, "a name") == "STACK: given 'X', expected a name"
    assert variable_problem("STACK", {}, "a name") == "STACK: not given, expected a name"
