"""The model registry: the group by its contractual name, and its versions are kept where that is asked for."""

from typing import Any

import pytest

from components import ModelRegistry, ModelRegistryArgs


@pytest.mark.parametrize("protected", [True, False])
def test_the_group_is_named_after_the_pipeline_and_kept_where_protected(build: Any, protected: bool) -> None:
    registered = build(
        lambda: ModelRegistry(
            "registry", ModelRegistryArgs(pipeline_name="abalone-local", removal_protection=protected)
        )
    )
    assert registered.inputs("registry-group")["modelPackageGroupName"] == "abalone-local-stable-models"
    assert registered.requests["registry-group"].retainOnDelete is protected
    assert "mlops:index:ModelRegistry$aws-native:sagemaker:ModelPackageGroup" in registered.urn("registry-group")
