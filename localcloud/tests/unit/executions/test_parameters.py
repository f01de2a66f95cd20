from collections.abc import Callable
from pathlib import Path

import pytest

from localcloud.runners.executions.definition import Definition, Parameter, ParameterError, parameter_values
from localcloud.runners.executions.errors import ExecutionError
from localcloud.runners.executions.protocol import Execution

DECLARED: list[Parameter] = [
    {"Name": "Text", "Type": "String", "DefaultValue": "a", "EnumValues": ["a", "b"]},
    {"Name": "Count", "Type": "Integer", "DefaultValue": 1},
    {"Name": "Limit", "Type": "Float", "DefaultValue": 0.5},
    {"Name": "Flag", "Type": "Boolean", "DefaultValue": False},
]


def declaring(*parameters: Parameter) -> Definition:
    return {"Version": "2020-12-01", "Parameters": list(parameters), "Steps": []}


def test_parameters_have_their_types_and_defaults():
    assert parameter_values(declaring(*DECLARED), {}) == {"Text": "a", "Count": 1, "Limit": 0.5, "Flag": False}
    texts = {"Text": "b", "Count": "3", "Limit": "2", "Flag": "TRUE"}
    assert parameter_values(declaring(*DECLARED), texts) == {"Text": "b", "Count": 3, "Limit": 2.0, "Flag": True}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (
            {"Nothing": "1"},
            "Unknown parameters ['Nothing']; the pipeline declares ['Count', 'Flag', 'Limit', 'Text'].",
        ),
        ({"Text": "c"}, "Parameter Text must be one of ['a', 'b'], 'c' is not."),
        ({"Count": "1.5"}, "Parameter Count must be of type Integer, '1.5' is not."),
        ({"Limit": "much"}, "Parameter Limit must be of type Float, 'much' is not."),
        ({"Flag": "yes"}, "Parameter Flag must be of type Boolean, 'yes' is not."),
    ],
)
def test_a_value_that_does_not_fit_is_refused(texts: dict[str, str], expected: str):
    with pytest.raises(ParameterError) as error:
        parameter_values(declaring(*DECLARED), texts)
    assert str(error.value) == expected


def test_everything_wrong_is_named_at_once_also_what_is_missing():
    with pytest.raises(ParameterError) as error:
        parameter_values(declaring(*DECLARED, {"Name": "Needed", "Type": "String"}), {"Count": "x"})
    assert "Parameter Count must be of type Integer" in str(error.value)
    assert "Parameter Needed has no default value and is missing." in str(error.value)


def test_an_execution_is_read_as_it_was_written(execution: Callable[..., Execution], tmp_path: Path):
    written = execution(parameters=DECLARED, Text="b")
    written.save(tmp_path / "execution.json")
    assert Execution.load(tmp_path / "execution.json") == written


@pytest.mark.parametrize("content", ["{}", "no JSON", '{"workdir": "/x", "surprise": 1}'])
def test_a_file_that_is_no_execution_is_refused(tmp_path: Path, content: str):
    file = tmp_path / "execution.json"
    file.write_text(content)
    with pytest.raises(ExecutionError, match="does not describe an execution"):
        Execution.load(file)
