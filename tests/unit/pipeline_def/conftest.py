"""A valid set of variables, and the one definition built of it that most tests look at."""

import importlib
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from pipeline_def import code
from pipeline_def.definition import PipelineDefinition, build
from pipeline_def.environment import parse
from pipeline_def.validation.steps import all_steps

VARIABLES = {
    "AWS_REGION": "eu-west-1",
    "SAGEMAKER_PROJECT_NAME": "abalone",
    "SAGEMAKER_PROJECT_ID": "p-abc123def456",
    "SAGEMAKER_PIPELINE_ROLE_ARN": "arn:aws:iam::123456789012:role/abalone-test-execution",
    "SAGEMAKER_PIPELINE_NAME": "abalone-test",
    "ARTIFACT_BUCKET": "abalone-test-artifacts",
    "DATA_BUCKET": "abalone-test-data",
    "USE_CASE_ID": "abalone",
    "TARGET_COLUMN": "rings",
    "COLUMN_NAMES": "sex,length,rings",
    "MSE_THRESHOLD": "6",
    "KMS_KEY_ARN": "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555",
    "COMMIT": "0123456789abcdef0123456789abcdef01234567",
    "PIPELINE_TAGS": '{"team": "mlops"}',
}


@pytest.fixture(scope="session")
def variables() -> dict[str, str]:
    return dict(VARIABLES)


@pytest.fixture(scope="session")
def definition() -> PipelineDefinition:
    return build(parse(VARIABLES))


@pytest.fixture
def content(definition: PipelineDefinition) -> dict[str, Any]:
    """The definition's JSON, fresh for each test."""
    return json.loads(definition.text)


@pytest.fixture
def steps(content: dict[str, Any]) -> dict[str, Any]:
    """Every step by name, also those in branches."""
    return {step["Name"]: step for step, _ in all_steps(content["Steps"])}


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Imports a step's script as the container runs it: with its own folder first on the path."""
    monkeypatch.syspath_prepend(str(code.STEPS))
    return importlib.import_module
