from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localcloud.runners.executions.errors import ExecutionError
from localcloud.runners.executions.execution import Execution, load, parameter_values

DECLARED = [
    {"Name": "Text", "Type": "String", "DefaultValue": "a", "EnumValues": ["a", "b"]},
    {"Name": "Count", "Type": "Integer", "DefaultValue": 1},
    {"Name": "Limit", "Type": "Float", "DefaultValue": 0.5},
    {"Name": "Flag", "Type": "Boolean", "DefaultValue": False},
]


def test_parameters_have_their_types_and_defaults(execution: Callable[..., Execution]):
    assert parameter_values(execution(parameters=DECLARED)) == {"Text": "a", "Count": 1, "Limit": 0.5, "Flag": False}
    given = execution(parameters=DECLARED, Text="b", Count="3", Limit="2", Flag="TRUE")
    assert parameter_values(given) == {"Text": "b", "Count": 3, "Limit": 2.0, "Flag": True}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"Nothing": "1"}, "Nothing: the pipeline has no such parameter"),
        ({"Text": "c"}, "Text: given 'c', expected one of a, b"),
        ({"Count": "1.5"}, "Count: given '1.5', expected Integer"),
        ({"Limit": "much"}, "Limit: given 'much', expected Float"),
        ({"Flag": "yes"}, "Flag: given 'yes', expected true or false"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    execution: Callable[..., Execution], given: dict[str, str], expected: str
):
    with pytest.raises(ExecutionError, match=expected):
        parameter_values(execution(parameters=DECLARED, **given))


def test_everything_wrong_is_said_at_once_also_what_is_missing(execution: Callable[..., Execution]):
    declared: list[dict[str, Any]] = [*DECLARED, {"Name": "Needed", "Type": "String"}]
    with pytest.raises(ExecutionError) as error:
        parameter_values(execution(parameters=declared, Count="x"))
    assert "Count:" in str(error.value)
    assert "Needed: it has no default" in str(error.value)


@pytest.mark.parametrize("content", ["{}", "no JSON", '{"workdir": "/x", "surprise": 1}'])
def test_a_file_that_is_no_execution_is_refused(tmp_path: Path, content: str):
    file = tmp_path / "execution.json"
    file.write_text(content)
    with pytest.raises(ExecutionError, match="does not describe an execution"):
        load(file)
