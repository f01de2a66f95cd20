from collections.abc import Callable
from typing import Any

import pytest

from localcloud.runners.executions.errors import StepFailedError
from localcloud.runners.executions.protocol import Execution
from localcloud.runners.executions.steps.inline import holds, unsupported_condition
from localcloud.runners.executions.variables import Variables

from .definitions import condition


@pytest.fixture
def variables(execution: Callable[..., Execution]) -> Variables:
    return Variables(execution(), {"Limit": 6.0, "Text": "x"}, lambda _uri: "")


def compare(kind: str, left: Any, right: Any) -> dict[str, Any]:
    return {"Type": kind, "LeftValue": left, "RightValue": right}


LIMIT = {"Get": "Parameters.Limit"}


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        (compare("LessThanOrEqualTo", 6, LIMIT), True),
        (compare("LessThanOrEqualTo", 6.1, LIMIT), False),
        (compare("LessThan", 6, LIMIT), False),
        (compare("GreaterThan", 6.1, LIMIT), True),
        (compare("GreaterThanOrEqualTo", 5.9, LIMIT), False),
        (compare("Equals", "x", {"Get": "Parameters.Text"}), True),
        ({"Type": "Not", "Expression": compare("Equals", 1, 1)}, False),
        ({"Type": "Or", "Conditions": [compare("Equals", 1, 2), compare("Equals", 1, 1)]}, True),
        ({"Type": "Or", "Conditions": [compare("Equals", 1, 2)]}, False),
        ({"Type": "In", "QueryValue": {"Get": "Parameters.Text"}, "Values": ["a", "x"]}, True),
        ({"Type": "In", "QueryValue": "y", "Values": ["a", "x"]}, False),
    ],
)
def test_a_condition_holds_or_not(variables: Variables, comparison: dict[str, Any], expected: bool):
    explanations: list[str] = []
    assert holds(comparison, variables, explanations) is expected
    assert explanations


def test_values_that_have_no_order_fail_the_step(variables: Variables):
    with pytest.raises(StepFailedError, match=r"'x' and 6\.0 can't be compared"):
        holds(compare("LessThan", {"Get": "Parameters.Text"}, LIMIT), variables, [])


def test_an_unknown_type_is_found_at_any_depth():
    inner = {"Type": "Or", "Conditions": [{"Type": "Not", "Expression": compare("Like", 1, 1)}]}
    assert list(unsupported_condition(condition("Check", inner))) == ["condition type 'Like' is not supported"]
