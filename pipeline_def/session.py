"""A session for the SageMaker SDK that reaches no network and takes nothing from the machine it runs on."""

import logging
import os
import warnings
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from pipeline_def.environment import PipelineEnvironment

if TYPE_CHECKING:
    from sagemaker.core.workflow.pipeline_context import PipelineSession

_CONFIG = Path(__file__).with_name("sdk-config.yaml")


@contextmanager
def offline(environment: PipelineEnvironment) -> Generator["PipelineSession"]:
    """Yield a session, and keep the environment that the SDK needs around it; use both inside the `with`.

    - AWS_DEFAULT_REGION: sagemaker.mlops.workflow raises NoRegionError on import without it.
    - SAGEMAKER_VALIDATE_ROLE: ModelTrainer would ask IAM to simulate the role's policies.
    - The configuration files of the user and the machine fill what a step leaves open; ours only opts out of telemetry.
    - The credentials are placeholders: nothing is ever signed with them.
    - The SDK reports on every default it takes; of that, only errors pass.
    """
    sdk_variables = {
        "AWS_DEFAULT_REGION": environment.region,
        "SAGEMAKER_VALIDATE_ROLE": "false",
        "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": str(_CONFIG),
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(_CONFIG),
    }
    with _variables(sdk_variables), _quiet():
        from sagemaker.core.workflow.pipeline_context import PipelineSession

        class OfflineSession(PipelineSession):
            def default_bucket(self) -> str:
                """Return the artifact bucket; the SDK's own method asks S3 whether it exists and creates it."""
                return environment.artifact_bucket

        boto_session = boto3.Session(
            region_name=environment.region,
            aws_access_key_id="offline",
            aws_secret_access_key="offline",  # noqa: S106
        )
        with _unchecked_configuration():
            yield OfflineSession(boto_session=boto_session)


@contextmanager
def _variables(variables: Mapping[str, str]) -> Generator[None]:
    """Set environment variables, and restore the former ones, or that there were none."""
    former = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in former.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _unchecked_configuration() -> Generator[None]:
    """Have the SDK look its configuration up without checking it first.

    It checks it against a JSON schema wherever it reads a file or looks up one of some sixty values, for three quarters
    of the time that a build would take, and has no option for that. Ours never changes.
    """
    from sagemaker.core.config import config
    from sagemaker.core.config.config_manager import SageMakerConfig

    check_file, check_value = config.validate_sagemaker_config, SageMakerConfig.validate_sagemaker_config
    config.validate_sagemaker_config = _accept
    SageMakerConfig.validate_sagemaker_config = staticmethod(_accept)
    try:
        yield
    finally:
        config.validate_sagemaker_config = check_file
        SageMakerConfig.validate_sagemaker_config = staticmethod(check_value)


def _accept(sagemaker_config: dict[str, object] | None = None) -> None:
    """Stand in for the check of a configuration."""


@contextmanager
def _quiet() -> Generator[None]:
    """Silence the SDK, and take back what its import does to the root logger."""
    root = logging.root
    disabled, level, handlers = root.manager.disable, root.level, list(root.handlers)
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
        root.setLevel(level)
        root.handlers[:] = handlers
