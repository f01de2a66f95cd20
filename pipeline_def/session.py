"""A session for the SageMaker SDK that reaches no network and takes nothing from the machine it runs on."""

import logging
import os
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import boto3

from pipeline_def.environment import PipelineEnvironment

if TYPE_CHECKING:
    from sagemaker.core.workflow.pipeline_context import PipelineSession

_CONFIG = Path(__file__).with_name("sdk-config.yaml")


@contextmanager
def offline(environment: PipelineEnvironment) -> Generator["PipelineSession"]:
    """The session, and around it the environment that the SDK needs; both have to be used inside the `with`.

    - AWS_DEFAULT_REGION: sagemaker.mlops.workflow raises NoRegionError on import without it.
    - SAGEMAKER_VALIDATE_ROLE: ModelTrainer would ask IAM to simulate the role's policies.
    - The SDK's configuration files, the user's and the machine's, fill what a step leaves open; ours has nothing.
    - The credentials are placeholders: nothing is ever signed with them.
    - The SDK checks its configuration against a JSON schema at each of some sixty look-ups, for three quarters of the
      time that a build would take; ours never changes.
    - The SDK reports on every default it takes; of that, only errors pass.
    """
    sdk_variables = {
        "AWS_DEFAULT_REGION": environment.region,
        "SAGEMAKER_VALIDATE_ROLE": "false",
        "SAGEMAKER_ADMIN_CONFIG_OVERRIDE": str(_CONFIG),
        "SAGEMAKER_USER_CONFIG_OVERRIDE": str(_CONFIG),
    }
    with mock.patch.dict(os.environ, sdk_variables), _quiet():
        from sagemaker.core.config import config, config_manager
        from sagemaker.core.workflow.pipeline_context import PipelineSession

        class OfflineSession(PipelineSession):
            def default_bucket(self) -> str:
                """The artifact bucket; the SDK's own method asks S3 whether it exists and creates it."""
                return environment.artifact_bucket

        boto_session = boto3.Session(
            region_name=environment.region,
            aws_access_key_id="offline",
            aws_secret_access_key="offline",  # noqa: S106
        )
        unchecked = mock.Mock(return_value=None)
        with (
            mock.patch.object(config, "validate_sagemaker_config", unchecked),
            mock.patch.object(config_manager.SageMakerConfig, "validate_sagemaker_config", unchecked),
        ):
            yield OfflineSession(boto_session=boto_session)


@contextmanager
def _quiet() -> Generator[None]:
    """Silences the SDK, and takes back what its import does to the root logger."""
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
