"""The model registry: the group by its contractual name, and its versions are kept where that is asked for."""

import dataclasses
from typing import Any

import pytest

from components import ModelRegistry, ModelRegistryArgs
from contract.names import Deployment
from settings import StackSettings


@pytest.mark.parametrize("protected", [True, False])
def test_the_group_is_named_after_the_pipeline_and_kept_where_protected(
    deployment: Deployment, local_settings: StackSettings, build: Any, protected: bool
) -> None:
    there = dataclasses.replace(deployment, removal_protection=protected)
    made = build(
        lambda: ModelRegistry("registry", ModelRegistryArgs(deployment=there, pipeline=local_settings.pipeline))
    )
    assert made.inputs("registry-group")["modelPackageGroupName"] == "abalone-local-stable-models"
    assert made.requests["registry-group"].retainOnDelete is protected
    assert "mlops:index:ModelRegistry$aws-native:sagemaker:ModelPackageGroup" in made.urn("registry-group")
