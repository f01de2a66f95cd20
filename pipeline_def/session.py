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
    - boto3's default session is ours: modules that are imported along create clients with it, which would look for
      credentials on the machine, and load every service's description once more.
    """
    sdk_variables = {
        "AWS_DEFAULT_REGION": environment.region,
        "SAGEMAKER_VALIDATE_ROLE": "false",
        "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": str(_CONFIG),
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(_CONFIG),
    }
    boto_session = boto3.Session(
        region_name=environment.region,
        aws_access_key_id="offline",
        aws_secret_access_key="offline",  # noqa: S106
    )
    with _variables(sdk_variables), _quiet(), _default_session(boto_session):
        from sagemaker.core.workflow.pipeline_context import PipelineSession

        class OfflineSession(PipelineSession):
            def default_bucket(self) -> str:
                """Return the artifact bucket; the SDK's own method asks S3 whether it exists and creates it."""
                return environment.artifact_bucket

        with _unchecked_configuration(), _no_local_mode():
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


@contextmanager
def _default_session(boto_session: boto3.Session) -> Generator[None]:
    """Have boto3 use this session where none is named."""
    former = boto3.DEFAULT_SESSION
    boto3.DEFAULT_SESSION = boto_session
    try:
        yield
    finally:
        boto3.DEFAULT_SESSION = former


@contextmanager
def _no_local_mode() -> Generator[None]:
    """Spare each ProcessingStep a client of local mode, of which it takes the name of one method.

    The client's session would load the descriptions of AWS's services anew, and ask the machine for credentials.
    """
    from sagemaker.mlops.workflow import steps

    class WithoutSession(steps.LocalSagemakerClient):
        def __init__(self) -> None:
            """Leave out what the SDK's own does."""

    former = steps.LocalSagemakerClient
    steps.LocalSagemakerClient = WithoutSession
    try:
        yield
    finally:
        steps.LocalSagemakerClient = former


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
