"""The action providers that the local cloud runs: the rules of each, and what it does.

Manual approvals are in `approvals`.

Source: CodePipeline user guide, "Action structure reference" and "Valid number of input and output artifacts".
"""

from __future__ import annotations

import json
import secrets
import string
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from localcloud.git.repository import Commit, GitRepository
from localcloud.iam.roles import RoleSession
from localcloud.services.codebuild.builds import Builds
from localcloud.services.codebuild.models import Build, PipelineInputs, project_arn
from localcloud.services.codecommit.models import Repositories, repository_arn
from localcloud.services.codeconnections.models import Connections
from localcloud.services.codepipeline import errors
from localcloud.services.codepipeline.executions import ActionExecution, Artifact, History, Revision, SourceOverride
from localcloud.services.codepipeline.models import Pipeline

if TYPE_CHECKING:
    from mypy_boto3_codebuild.type_defs import EnvironmentVariableTypeDef


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the actions of a provider take: from how many to how many artifacts, and which configuration."""

    inputs: tuple[int, int]
    outputs: tuple[int, int]
    required: frozenset[str]
    optional: frozenset[str] = frozenset()


_CODEBUILD = Rules(
    inputs=(1, 5),
    outputs=(0, 5),
    required=frozenset({"ProjectName"}),
    optional=frozenset({"PrimarySource", "BatchEnabled", "CombineArtifacts", "EnvironmentVariables"}),
)

RULES: Mapping[tuple[str, str, str, str], Rules] = {
    ("Source", "AWS", "CodeCommit", "1"): Rules(
        inputs=(0, 0),
        outputs=(1, 1),
        required=frozenset({"RepositoryName", "BranchName"}),
        optional=frozenset({"PollForSourceChanges", "OutputArtifactFormat"}),
    ),
    ("Source", "AWS", "CodeStarSourceConnection", "1"): Rules(
        inputs=(0, 0),
        outputs=(1, 1),
        required=frozenset({"ConnectionArn", "FullRepositoryId", "BranchName"}),
        optional=frozenset({"DetectChanges", "OutputArtifactFormat"}),
    ),
    ("Build", "AWS", "CodeBuild", "1"): _CODEBUILD,
    ("Test", "AWS", "CodeBuild", "1"): _CODEBUILD,
    ("Deploy", "AWS", "S3", "1"): Rules(
        inputs=(1, 1),
        outputs=(0, 0),
        required=frozenset({"BucketName", "Extract"}),
        optional=frozenset({"ObjectKey", "KMSEncryptionKeyARN"}),
    ),
    ("Approval", "AWS", "Manual", "1"): Rules(
        inputs=(0, 0),
        outputs=(0, 0),
        required=frozenset(),
        optional=frozenset({"NotificationArn", "ExternalEntityLink", "CustomData"}),
    ),
}
"""Rules by category, owner, provider and version."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an action that succeeded has produced."""

    artifacts: list[Artifact] = field(default_factory=list[Artifact])
    variables: dict[str, str] = field(default_factory=dict[str, str])


class Provider(Protocol):
    """Run actions."""

    def run(self, action_execution: ActionExecution, session: RoleSession) -> Outcome:
        """Run one action with its role's session; return early when its execution is abandoned."""
        ...


class BuildFailedError(Exception):
    """A build that did not succeed; the message is CodePipeline's."""


class SourceActions:
    """Make an artifact of a commit of CodeCommit, or of a repository behind a connection.

    Source: CodePipeline user guide, action references of CodeCommit and of CodeStarSourceConnection, and "How to create
    a policy for the service role" for the permissions that the role needs.
    """

    def __init__(self, repositories: Repositories, connections: Connections, history: History, tmp: Path) -> None:
        self._repositories = repositories
        self._connections = connections
        self._history = history
        self._tmp = tmp

    def run(self, action_execution: ActionExecution, session: RoleSession) -> Outcome:
        """Store the commit's files.

        Raises:
            AwsError, ClientError: when the role may not, or there is no such repository, branch or commit.
        """
        execution, action = action_execution.execution, action_execution.action
        source = self._open(action.provider, action_execution.configuration, session)
        override = execution.overrides.get(action.name)
        branch = (override.branch if override else None) or action_execution.configuration["BranchName"]
        commit = _commit(source.content, branch, override)
        artifact = _new_artifact(execution.pipeline, action.outputs[0])
        with tempfile.TemporaryDirectory(dir=self._tmp) as directory:
            file = Path(directory) / "source.zip"
            source.content.archive(commit.id, file)
            _store(session, execution.pipeline, artifact, file)
        url = f"{source.commits_url}{commit.id}"
        execution.revisions.append(
            Revision(
                action=action.name,
                artifact=artifact.name,
                commit_id=commit.id,
                summary=commit.subject,
                url=url,
                created=commit.committer.time,
            )
        )
        with self._history.changing(action_execution):
            action_execution.external_id = commit.id
            action_execution.external_url = url
            action_execution.summary = commit.subject
        variables = {
            "AuthorDate": _iso(commit.author.time),
            "BranchName": branch,
            "CommitId": commit.id,
            "CommitMessage": commit.message.strip(),
            "CommitterDate": _iso(commit.committer.time),
            **source.variables,
        }
        return Outcome(artifacts=[artifact], variables=variables)

    def _open(self, provider: str, configuration: Mapping[str, str], session: RoleSession) -> _Source:
        if provider == "CodeCommit":
            name, region = configuration["RepositoryName"], session.region
            for action in ("GetBranch", "GetCommit", "UploadArchive", "GetUploadArchiveStatus"):
                session.authorize(f"codecommit:{action}", repository_arn(region, name))
            console = f"https://{region}.console.aws.amazon.com/codesuite/codecommit/repositories"
            return _Source(
                content=self._repositories.find(name).content,
                variables={"RepositoryName": name},
                commits_url=f"{console}/{name}/commit/",
            )
        name, connection = configuration["FullRepositoryId"], configuration["ConnectionArn"]
        return _Source(
            content=self._connections.open(connection, name, session),
            variables={"FullRepositoryName": name, "ConnectionArn": connection, "ProviderType": "GitHub"},
            commits_url=f"https://github.com/{name}/commit/",
        )


@dataclass(frozen=True, kw_only=True)
class _Source:
    """A repository, the variables that name it, and the address of its commits."""

    content: GitRepository
    variables: dict[str, str]
    commits_url: str


class BuildActions:
    """Build a project with the pipeline's artifacts.

    Source: CodePipeline user guide, action reference of AWS CodeBuild.
    """

    _POLL_SECONDS = 1.0

    def __init__(self, builds: Builds, history: History) -> None:
        self._builds = builds
        self._history = history

    def run(self, action_execution: ActionExecution, session: RoleSession) -> Outcome:
        """Build and wait for the end; an abandoned build goes on by itself.

        Raises:
            AwsError: when the role may not.
            BuildFailedError: with what failed.
        """
        execution, action = action_execution.execution, action_execution.action
        configuration = action_execution.configuration
        project = configuration["ProjectName"]
        for operation in ("StartBuild", "BatchGetBuilds"):
            session.authorize(f"codebuild:{operation}", project_arn(session.region, project))
        outputs = [_new_artifact(execution.pipeline, name) for name in action.outputs]
        primary = configuration.get("PrimarySource") or action.inputs[0]
        inputs = sorted(action_execution.inputs, key=lambda artifact: artifact.name != primary)
        build = self._builds.start(
            project,
            f"codepipeline/{execution.name}",
            PipelineInputs(
                artifacts=[{"identifier": item.name, "bucket": item.bucket, "key": item.key} for item in inputs],
                outputs=[{"identifier": item.name, "bucket": item.bucket, "key": item.key} for item in outputs],
                revision=execution.commit_id,
                encryption_key=execution.pipeline.encryption_key,
            ),
            environment_variables_override=environment_variables(f"Action {action.name}", configuration),
        )
        console = f"https://console.aws.amazon.com/codebuild/home?region={session.region}"
        with self._history.changing(action_execution):
            action_execution.external_id = build.id
            action_execution.external_url = f"{console}#/builds/{build.id}/view/new"
        while not self._builds.wait(build, self._POLL_SECONDS):
            if execution.abandoned.is_set():
                return Outcome()
        if build.status != "SUCCEEDED":
            raise BuildFailedError(_failure(build))
        return Outcome(artifacts=outputs, variables=build.exported)


class S3DeployActions:
    """Copy an artifact to a bucket as one zip.

    Source: CodePipeline user guide, "Amazon S3 deploy action reference".
    """

    def run(self, action_execution: ActionExecution, session: RoleSession) -> Outcome:
        """Copy the artifact as the action's role; nothing is unpacked.

        Raises:
            ClientError: when the role may not, or there is no such bucket or key.
        """
        configuration, [artifact] = action_execution.configuration, action_execution.inputs
        s3 = session.client("s3")
        content = s3.get_object(Bucket=artifact.bucket, Key=artifact.key)["Body"].read()
        key_arn = configuration.get("KMSEncryptionKeyARN")
        s3.put_object(
            Bucket=configuration["BucketName"],
            Key=configuration["ObjectKey"],
            Body=content,
            **({"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key_arn} if key_arn else {}),
        )
        return Outcome()


def environment_variables(where: str, configuration: Mapping[str, str]) -> list[EnvironmentVariableTypeDef]:
    """Return CodeBuild's EnvironmentVariables of an action's configuration: a JSON list of {name, value, type}.

    Raises:
        AwsError: InvalidActionDeclarationException, which names the action by `where`.
    """
    try:
        items = json.loads(configuration.get("EnvironmentVariables", "[]"))
    except ValueError as error:
        message = f"configuration EnvironmentVariables is no JSON: {error}"
        raise errors.invalid_action(where, message) from error
    members = ({"name", "value"}, {"name", "value", "type"})
    if not isinstance(items, list) or not all(isinstance(item, dict) and item.keys() in members for item in items):
        message = "configuration EnvironmentVariables has to be a list of {name, value, type}"
        raise errors.invalid_action(where, message)
    return cast("list[EnvironmentVariableTypeDef]", items)


def _new_artifact(pipeline: Pipeline, name: str) -> Artifact:
    """Return a fresh place for an artifact, with the parts of the names that CodePipeline takes."""
    alphabet = string.ascii_letters + string.digits
    unique = "".join(secrets.choice(alphabet) for _ in range(7))
    return Artifact(name=name, bucket=pipeline.artifact_bucket, key=f"{pipeline.name[:20]}/{name[:10]}/{unique}")


def _store(session: RoleSession, pipeline: Pipeline, artifact: Artifact, file: Path) -> None:
    """Write an artifact, encrypted.

    Raises:
        ClientError: when the role may not.
    """
    key = {"SSEKMSKeyId": pipeline.encryption_key} if pipeline.encryption_key else {}
    session.client("s3").put_object(
        Bucket=artifact.bucket, Key=artifact.key, Body=file.read_bytes(), ServerSideEncryption="aws:kms", **key
    )


def _commit(content: GitRepository, branch: str, override: SourceOverride | None) -> Commit:
    commit_id = override.commit_id if override else content.branch(branch)
    if commit_id is None:
        raise errors.missing_branch(branch)
    commit = content.commit(commit_id)
    if commit is None:
        raise errors.missing_commit(commit_id)
    return commit


def _failure(build: Build) -> str:
    failed = [phase for phase in build.phases if phase.status not in {None, "SUCCEEDED"}]
    phases = ", ".join(phase.name for phase in failed) or "unknown"
    text = f"Build terminated with state: {build.status}. Phase: {phases}"
    messages = [context["message"] for phase in failed for context in phase.contexts if context["message"]]
    return f"{text}. {' '.join(messages)}" if messages else text


def _iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
