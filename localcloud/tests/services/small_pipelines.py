"""Small pipelines for tests: a repository, a bucket, roles with the least they need, and projects with a buildspec."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .conftest import ACCOUNT, Deployment

Record = dict[str, Any]

ENDED = {"Succeeded", "Failed", "Stopped", "Superseded", "Cancelled"}


class SmallPipeline:
    """One pipeline `{prefix}` with what it needs; every role is limited to its resources."""

    def __init__(self, deployment: Deployment, folder: Path) -> None:
        self.deployment = deployment
        self.name = deployment.prefix
        self.region = deployment.cloud.region
        self.work = folder / "work"
        self.bucket = f"{self.name}-artifacts"
        self.arn = deployment.arn("codepipeline", self.name)
        self.repository_arn = deployment.arn("codecommit", self.name)
        deployment.root("s3").create_bucket(Bucket=self.bucket)
        self.key = str(deployment.root("kms").create_key()["KeyMetadata"]["Arn"])
        repository = {"provider": "codecommit", "name": self.name}
        self.path = str(deployment.cloud.internal("POST", "/_local/repositories", repository)["path"])
        self._git("init", "--quiet", "--initial-branch", "main", str(self.work), cwd=folder)
        self.role = self._pipeline_role()
        self.build_role = self._build_role()

    def commit(self, files: Mapping[str, str], message: str = "Change", branch: str = "main", path: str = "") -> str:
        """Commit files and push them; return the commit."""
        for name, text in files.items():
            file = self.work / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", "--message", message)
        self._git("push", "--quiet", path or self.path, f"HEAD:{branch}")
        return self._git("rev-parse", "HEAD").strip()

    def project(self, name: str, buildspec: str, source: str = "CODEPIPELINE", **members: Any) -> str:
        """Create a build project `{prefix}-{name}`; return its name."""
        kind = {"CODEPIPELINE": "CODEPIPELINE"}.get(source, "NO_ARTIFACTS")
        environment = {
            "type": "ARM_CONTAINER",
            "image": "aws/codebuild/amazonlinux-aarch64-standard:3.0",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": members.pop("variables", []),
        }
        self.deployment.root("codebuild").create_project(
            name=f"{self.name}-{name}",
            source={"type": source, "buildspec": buildspec, **members.pop("source_members", {})},
            artifacts={"type": kind},
            environment=environment,
            serviceRole=members.pop("role", self.build_role),
            logsConfig={"cloudWatchLogs": {"status": "ENABLED", "groupName": f"/{self.name}"}},
            **members,
        )
        return f"{self.name}-{name}"

    def create(self, *stages: Record, **members: Any) -> str:
        """Create the pipeline with a source stage before these; return the id of its first execution."""
        self.deployment.root("codepipeline").create_pipeline(pipeline=self.structure(*stages, **members))
        return self.executions()[0]["pipelineExecutionId"]

    def structure(self, *stages: Record, **members: Any) -> Record:
        source = members.pop("source", None) or self.source()
        return {
            "name": self.name,
            "roleArn": self.role,
            "pipelineType": "V2",
            "artifactStore": {"type": "S3", "location": self.bucket, "encryptionKey": {"id": self.key, "type": "KMS"}},
            "stages": [{"name": "Source", "actions": [source]}, *stages],
            **members,
        }

    def source(self, **settings: str) -> Record:
        return {
            "name": "Source",
            "actionTypeId": {"category": "Source", "owner": "AWS", "provider": "CodeCommit", "version": "1"},
            "configuration": {
                "RepositoryName": self.name,
                "BranchName": "main",
                "PollForSourceChanges": "false",
                **settings,
            },
            "outputArtifacts": [{"name": "SourceOutput"}],
            "namespace": "SourceVariables",
        }

    def build(self, name: str, project: str, *inputs: str, outputs: tuple[str, ...] = (), **settings: Any) -> Record:
        """Return a stage of one build action of the same name."""
        variables = [{"name": key, "value": value} for key, value in settings.pop("variables", {}).items()]
        configuration = {"ProjectName": project, "EnvironmentVariables": json.dumps(variables)}
        if len(inputs) > 1:
            configuration["PrimarySource"] = inputs[0]
        action = {
            "name": name,
            "actionTypeId": {"category": "Build", "owner": "AWS", "provider": "CodeBuild", "version": "1"},
            "configuration": configuration,
            "inputArtifacts": [{"name": artifact} for artifact in inputs or ("SourceOutput",)],
            "outputArtifacts": [{"name": artifact} for artifact in outputs],
            **settings,
        }
        return {"name": name, "actions": [action]}

    @staticmethod
    def keep(**configuration: str) -> Record:
        """Return a stage that deploys the source to S3."""
        action = {
            "name": "Keep",
            "actionTypeId": {"category": "Deploy", "owner": "AWS", "provider": "S3", "version": "1"},
            "configuration": configuration,
            "inputArtifacts": [{"name": "SourceOutput"}],
        }
        return {"name": "Keep", "actions": [action]}

    @staticmethod
    def approval(name: str = "Approve", **configuration: str) -> Record:
        action = {
            "name": name,
            "actionTypeId": {"category": "Approval", "owner": "AWS", "provider": "Manual", "version": "1"},
            "configuration": configuration,
        }
        return {"name": name, "actions": [action]}

    def start(self, **members: Any) -> str:
        answer = self.deployment.root("codepipeline").start_pipeline_execution(name=self.name, **members)
        return str(answer["pipelineExecutionId"])

    def executions(self) -> list[Record]:
        listed = self.deployment.root("codepipeline").list_pipeline_executions(pipelineName=self.name)
        return list(listed["pipelineExecutionSummaries"])

    def ended(self, execution: str, seconds: float = 60.0) -> str:
        """Return the final status of an execution."""

        def status() -> str:
            current = self.deployment.root("codepipeline").get_pipeline_execution(
                pipelineName=self.name, pipelineExecutionId=execution
            )["pipelineExecution"]["status"]
            return str(current) if current in ENDED else ""

        return str(self.deployment.eventually(status, seconds))

    def actions(self, execution: str) -> dict[str, Record]:
        """Return the runs of an execution's actions, by action."""
        details = self.deployment.root("codepipeline").list_action_executions(
            pipelineName=self.name, filter={"pipelineExecutionId": execution}
        )["actionExecutionDetails"]
        return {detail["actionName"]: detail for detail in reversed(details)}

    def error(self, execution: str, action: str) -> str:
        """Return why an action failed."""
        return str(self.actions(execution)[action]["output"]["executionResult"]["errorDetails"]["message"])

    def wait_for_token(self, stage: str = "Approve") -> str:
        """Return the token of an approval, once it waits."""

        def token() -> str:
            state = self.deployment.root("codepipeline").get_pipeline_state(name=self.name)
            stage_state = next(item for item in state["stageStates"] if item["stageName"] == stage)
            return str(stage_state["actionStates"][0].get("latestExecution", {}).get("token", ""))

        return str(self.deployment.eventually(token))

    def answer(self, token: str, status: str, client: Callable[[str], Any] | None = None) -> None:
        (client or self.deployment.root)("codepipeline").put_approval_result(
            pipelineName=self.name,
            stageName="Approve",
            actionName="Approve",
            token=token,
            result={"summary": "looked at it", "status": status},
        )

    def log(self, action: Record) -> str:
        """Return the log of an action's build, as CloudWatch has it."""
        build_id = action["output"]["executionResult"]["externalExecutionId"]
        build = self.deployment.root("codebuild").batch_get_builds(ids=[build_id])["builds"][0]
        events = self.deployment.root("logs").get_log_events(
            logGroupName=build["logs"]["groupName"], logStreamName=build["logs"]["streamName"], startFromHead=True
        )["events"]
        return "\n".join(event["message"] for event in events)

    def _pipeline_role(self) -> str:
        allow, deployment = self.deployment.allow, self.deployment
        condition = {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnEquals": {"aws:SourceArn": self.arn}}
        return deployment.role(
            "pipeline",
            "codepipeline.amazonaws.com",
            allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{self.bucket}/*"),
            allow(["kms:GenerateDataKey", "kms:Decrypt"], self.key),
            allow(
                [
                    "codecommit:GetBranch",
                    "codecommit:GetCommit",
                    "codecommit:UploadArchive",
                    "codecommit:GetUploadArchiveStatus",
                ],
                self.repository_arn,
            ),
            allow(
                ["codebuild:StartBuild", "codebuild:BatchGetBuilds"],
                deployment.arn("codebuild", f"project/{self.name}-*"),
            ),
            Condition=condition,
        )

    def _build_role(self) -> str:
        allow, deployment = self.deployment.allow, self.deployment
        projects = deployment.arn("codebuild", f"project/{self.name}-*")
        condition = {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": projects}}
        return deployment.role(
            "build",
            "codebuild.amazonaws.com",
            allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{self.bucket}/*"),
            allow(["kms:GenerateDataKey", "kms:Decrypt"], self.key),
            allow(
                ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                deployment.arn("logs", f"log-group:/{self.name}"),
                deployment.arn("logs", f"log-group:/{self.name}:*"),
            ),
            allow("codecommit:GitPull", self.repository_arn),
            Condition=condition,
        )

    def _git(self, *arguments: str, cwd: Path | None = None) -> str:
        identity = {"GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com"}
        identity |= {"GIT_COMMITTER_NAME": "Ada", "GIT_COMMITTER_EMAIL": "ada@example.com"}
        environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, **identity}
        process = subprocess.run(
            ["git", *arguments], cwd=cwd or self.work, env=environment, capture_output=True, text=True, check=False
        )
        assert process.returncode == 0, process.stderr
        return process.stdout


def buildspec(*commands: str, **sections: Any) -> str:
    """Return a buildspec with one build phase."""
    return json.dumps({"version": 0.2, "phases": {"build": {"commands": list(commands)}}, **sections}, indent=1)
