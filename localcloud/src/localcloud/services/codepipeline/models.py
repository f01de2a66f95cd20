"""Pipelines: their structure by version, and how it looks on the wire. What has run of them is in `executions`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from localcloud.layout import ACCOUNT
from localcloud.services.codepipeline import errors

if TYPE_CHECKING:
    from mypy_boto3_codepipeline.literals import ExecutionModeType
    from mypy_boto3_codepipeline.type_defs import (
        ActionDeclarationTypeDef,
        ActionTypeIdTypeDef,
        PipelineDeclarationTypeDef,
        PipelineMetadataTypeDef,
        PipelineSummaryTypeDef,
        PipelineTriggerDeclarationTypeDef,
        PipelineVariableDeclarationTypeDef,
        StageDeclarationTypeDef,
    )


def pipeline_arn(region: str, name: str) -> str:
    """Return a pipeline's ARN."""
    return f"arn:aws:codepipeline:{region}:{ACCOUNT}:{name}"


@dataclass(frozen=True, kw_only=True)
class Action:
    """One action; inputs and outputs are names of artifacts."""

    name: str
    type_id: ActionTypeIdTypeDef
    run_order: int
    configuration: Mapping[str, str]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    role_arn: str | None
    namespace: str | None
    timeout_in_minutes: int | None

    @classmethod
    def of(cls, declaration: ActionDeclarationTypeDef) -> Action:
        """Return the action of a declaration."""
        return cls(
            name=declaration["name"],
            type_id=declaration["actionTypeId"],
            run_order=declaration.get("runOrder", 1),
            configuration=declaration.get("configuration", {}),
            inputs=tuple(artifact["name"] for artifact in declaration.get("inputArtifacts", ())),
            outputs=tuple(artifact["name"] for artifact in declaration.get("outputArtifacts", ())),
            role_arn=declaration.get("roleArn"),
            namespace=declaration.get("namespace"),
            timeout_in_minutes=declaration.get("timeoutInMinutes"),
        )

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self.type_id["provider"]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One stage."""

    name: str
    actions: tuple[Action, ...]

    @classmethod
    def of(cls, declaration: StageDeclarationTypeDef) -> Stage:
        """Return the stage of a declaration."""
        return cls(name=declaration["name"], actions=tuple(Action.of(action) for action in declaration["actions"]))


@dataclass(frozen=True, kw_only=True)
class Pipeline:
    """One version of a pipeline. The declaration has CodePipeline's defaults filled in."""

    arn: str
    declaration: PipelineDeclarationTypeDef
    version: int
    stages: tuple[Stage, ...]
    created: datetime
    updated: datetime

    @classmethod
    def of(
        cls, arn: str, declaration: PipelineDeclarationTypeDef, version: int = 1, created: datetime | None = None
    ) -> Pipeline:
        """Return the version of a pipeline that a declaration is from now on."""
        now = datetime.now(UTC)
        return cls(
            arn=arn,
            declaration=_complete(declaration, version),
            version=version,
            stages=tuple(Stage.of(stage) for stage in declaration["stages"]),
            created=created or now,
            updated=now,
        )

    @property
    def name(self) -> str:
        """The pipeline's name."""
        return self.declaration["name"]

    @property
    def region(self) -> str:
        """The pipeline's region."""
        return self.arn.split(":")[3]

    @property
    def role_arn(self) -> str:
        """The pipeline's role."""
        return self.declaration["roleArn"]

    @property
    def execution_mode(self) -> ExecutionModeType:
        """Whether an execution supersedes an earlier one, waits for it, or runs beside it."""
        return self.declaration.get("executionMode", "SUPERSEDED")

    @property
    def artifact_bucket(self) -> str:
        """The bucket of the artifact store."""
        store = self.declaration.get("artifactStore")
        return store["location"] if store else ""

    @property
    def encryption_key(self) -> str | None:
        """The key of the artifact store; None for the account's AWS-managed one."""
        store = self.declaration.get("artifactStore")
        key = store.get("encryptionKey") if store else None
        return key["id"] if key else None

    @property
    def variables(self) -> Sequence[PipelineVariableDeclarationTypeDef]:
        """The declared variables."""
        return self.declaration.get("variables", ())

    @property
    def triggers(self) -> Sequence[PipelineTriggerDeclarationTypeDef]:
        """The declared Git triggers."""
        return self.declaration.get("triggers", ())

    @property
    def sources(self) -> tuple[Action, ...]:
        """The actions of the first stage."""
        return self.stages[0].actions

    def require_stage(self, name: str) -> None:
        """Raise StageNotFoundException when the pipeline has no such stage."""
        if name not in {stage.name for stage in self.stages}:
            raise errors.missing_stage(self.name, name)

    def describe_metadata(self) -> PipelineMetadataTypeDef:
        """Return what GetPipeline answers beside the structure."""
        return {"pipelineArn": self.arn, "created": self.created, "updated": self.updated}

    def summarize(self) -> PipelineSummaryTypeDef:
        """Return the pipeline as ListPipelines answers it."""
        return {
            "name": self.name,
            "version": self.version,
            "pipelineType": self.declaration.get("pipelineType", "V1"),
            "executionMode": self.execution_mode,
            "created": self.created,
            "updated": self.updated,
        }


def _complete(declaration: PipelineDeclarationTypeDef, version: int) -> PipelineDeclarationTypeDef:
    """Return a declaration as CodePipeline answers it: defaults filled in, null members gone."""
    stages: list[StageDeclarationTypeDef] = [
        {**stage, "actions": [_complete_action(action) for action in stage["actions"]]}
        for stage in declaration["stages"]
    ]
    present = {name: value for name, value in declaration.items() if value is not None}
    defaults = {"pipelineType": "V1", "executionMode": "SUPERSEDED"}
    return cast("PipelineDeclarationTypeDef", {**defaults, **present, "stages": stages, "version": version})


def _complete_action(action: ActionDeclarationTypeDef) -> ActionDeclarationTypeDef:
    return {"runOrder": 1, "configuration": {}, "inputArtifacts": [], "outputArtifacts": [], **action}


class Pipelines:
    """The account's pipelines, by name, with all versions."""

    def __init__(self) -> None:
        self._versions: dict[str, list[Pipeline]] = {}

    def all(self) -> list[Pipeline]:
        """Return the current version of every pipeline, by name."""
        return [versions[-1] for _, versions in sorted(self._versions.items())]

    def has(self, arn: str) -> bool:
        """Return whether a pipeline has the ARN."""
        return any(versions[-1].arn == arn for versions in list(self._versions.values()))

    def find(self, name: str, version: int | None = None) -> Pipeline:
        """Return a version of a pipeline, the current one where none is given.

        Raises:
            AwsError: PipelineNotFoundException, PipelineVersionNotFoundException.
        """
        versions = self._versions.get(name)
        if versions is None:
            raise errors.missing_pipeline(name)
        if version is None:
            return versions[-1]
        if not 1 <= version <= len(versions):
            raise errors.missing_version(name, version)
        return versions[version - 1]

    def create(self, arn: str, declaration: PipelineDeclarationTypeDef) -> Pipeline:
        """Create a pipeline.

        Raises:
            AwsError: PipelineNameInUseException.
        """
        pipeline = Pipeline.of(arn, declaration)
        if pipeline.name in self._versions:
            raise errors.existing_pipeline(pipeline.name)
        self._versions[pipeline.name] = [pipeline]
        return pipeline

    def update(self, declaration: PipelineDeclarationTypeDef) -> Pipeline:
        """Add a version to a pipeline.

        Raises:
            AwsError: PipelineNotFoundException.
        """
        current = self.find(declaration["name"])
        pipeline = Pipeline.of(current.arn, declaration, current.version + 1, current.created)
        self._versions[pipeline.name].append(pipeline)
        return pipeline

    def delete(self, name: str) -> Pipeline | None:
        """Delete a pipeline; None when there is none of the name."""
        versions = self._versions.pop(name, None)
        return versions[-1] if versions else None
