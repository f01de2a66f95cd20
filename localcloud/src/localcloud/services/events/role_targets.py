"""Targets that EventBridge calls with the target's own role: pipelines and build projects.

Source: EventBridge user guide, "Permissions for Amazon EventBridge to access targets using IAM roles".
"""

import json
from typing import Any

from botocore import xform_name

from localcloud.http import shapes
from localcloud.http.errors import AwsError
from localcloud.http.service import model
from localcloud.iam.roles import RoleSession, assume_role
from localcloud.services.codebuild.builds import Builds
from localcloud.services.codepipeline.triggers import Starter
from localcloud.services.events import errors
from localcloud.services.events.errors import DeliveryError
from localcloud.services.events.models import Target
from localcloud.services.events.targets import SERVICE


class RoleTargets:
    """Start what a rule's target names, as far as the target's role may."""

    def __init__(self, starter: Starter, builds: Builds, endpoint: str) -> None:
        self._starter, self._builds, self._endpoint = starter, builds, endpoint

    def start_pipeline(self, target: Target, payload: str, rule_arn: str) -> None:
        """Start an execution of the pipeline; a transformed input may give source revisions and variables.

        Raises:
            DeliveryError: with EventBridge's code.
        """
        try:
            self._session(target, rule_arn).authorize("codepipeline:StartPipelineExecution", target.arn)
            parameters = _input(target, payload)
            self._starter.start(
                target.arn.rsplit(":", 1)[-1],
                "CloudWatchEvent",
                rule_arn,
                variables=parameters.get("variables") or [],
                source_revisions=parameters.get("sourceRevisions") or [],
            )
        except AwsError as error:
            raise errors.of_service(error) from error

    def start_build(self, target: Target, payload: str, rule_arn: str) -> None:
        """Start a build; a transformed input has parameters of StartBuild, such as environmentVariablesOverride.

        Raises:
            DeliveryError: with EventBridge's code.
        """
        try:
            self._session(target, rule_arn).authorize("codebuild:StartBuild", target.arn)
            project = target.arn.rsplit("/", 1)[-1]
            members: dict[str, Any] = {**_input(target, payload), "projectName": project}
            shape = model("codebuild").operation_model("StartBuild").input_shape
            if shape and (violations := shapes.violations(shape, members)):
                raise DeliveryError("INVALID_PARAMETER", shapes.message(violations))
            arguments = {xform_name(name): value for name, value in members.items()}
            self._builds.start(initiator=f"rule/{rule_arn.rsplit('/', 1)[-1]}", **arguments)
        except AwsError as error:
            raise errors.of_service(error) from error

    def _session(self, target: Target, rule_arn: str) -> RoleSession:
        if not target.role_arn:
            raise DeliveryError("INVALID_PARAMETER", f"RoleArn is required for target {target.arn}")
        name = f"rule-{rule_arn.rsplit('/', 1)[-1]}"[:64]
        try:
            return assume_role(
                target.role_arn, SERVICE, session_name=name, source_arn=rule_arn, endpoint=self._endpoint
            )
        except AwsError as error:
            raise DeliveryError("NO_PERMISSIONS", error.message) from error


def _input(target: Target, payload: str) -> dict[str, Any]:
    """Return the parameters in a payload; none where the target receives the event itself."""
    if not target.has_own_input:
        return {}
    try:
        value = json.loads(payload)
    except ValueError as error:
        raise DeliveryError("INVALID_JSON", f"The target's input is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise DeliveryError("INVALID_JSON", "The target's input is no JSON object")
    return value
