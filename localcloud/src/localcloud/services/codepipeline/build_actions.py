"""CodeBuild actions: a build of the deployed project with the pipeline's artifacts.

Source: CodePipeline user guide, action reference of AWS CodeBuild.
"""

from typing import Any

from localcloud.iam.roles import RoleSession
from localcloud.runners.builds.protocol import ArtifactLocation
from localcloud.services.codebuild.builds import Builds
from localcloud.services.codebuild.models import Build, PipelineInputs, project_arn
from localcloud.services.codepipeline import artifacts, structure
from localcloud.services.codepipeline.execution import Execution
from localcloud.services.codepipeline.history import History

Record = dict[str, Any]

_POLL = 1.0


class BuildFailedError(Exception):
    """A build that did not succeed; the message is CodePipeline's."""


class BuildActions:
    """Runs build and test actions."""

    def __init__(self, builds: Builds, history: History) -> None:
        self._builds = builds
        self._history = history

    def run(
        self, execution: Execution, action: Record, settings: dict[str, str], session: RoleSession, record: Record
    ) -> Record:
        """Builds and waits; {variables, id, url}. Returns early when the execution is abandoned: the build goes on.

        Raises:
            AwsError: when the role may not.
            BuildFailedError: with what failed.
        """
        project = settings["ProjectName"]
        for name in ("StartBuild", "BatchGetBuilds"):
            session.authorize(f"codebuild:{name}", project_arn(session.region, project))
        outputs = [artifacts.new_location(execution.pipeline, a["name"]) for a in action["outputArtifacts"]]
        inputs = self._inputs(execution, action, settings)
        build = self._builds.start(
            project,
            f"codepipeline/{execution.name}",
            PipelineInputs(
                artifacts=inputs,
                outputs=[
                    {"identifier": location["name"], "bucket": location["bucket"], "key": location["key"]}
                    for location in outputs
                ],
                encryption_key=artifacts.encryption_key(execution.pipeline),
                revision=execution.revision,
            ),
            environment_variables_override=structure.environment_variables(
                f"Action {action['name']}", settings.get("EnvironmentVariables", "[]")
            ),
        )
        console = f"https://console.aws.amazon.com/codebuild/home?region={session.region}#/builds/{build.id}/view/new"
        self._history.update_action(record, result={"externalExecutionId": build.id, "externalExecutionUrl": console})
        while not self._builds.wait(build, _POLL):
            if execution.abandoned.is_set():
                return {"variables": {}}
        if build.status != "SUCCEEDED":
            raise BuildFailedError(_reason(build))
        execution.artifacts.update({location["name"]: location for location in outputs})
        return {"variables": build.exported}

    @staticmethod
    def _inputs(execution: Execution, action: Record, settings: dict[str, str]) -> list[ArtifactLocation]:
        names: list[str] = [artifact["name"] for artifact in action["inputArtifacts"]]
        first: str = settings.get("PrimarySource") or names[0]
        ordered = [first, *(name for name in names if name != first)]
        locations = [execution.artifacts[name] for name in ordered]
        return [{"identifier": item["name"], "bucket": item["bucket"], "key": item["key"]} for item in locations]


def _reason(build: Build) -> str:
    failed = [phase for phase in build.phases if phase.status not in {None, "SUCCEEDED"}]
    contexts = [context["message"] for phase in failed for context in phase.contexts if context["message"]]
    phases = ", ".join(phase.name for phase in failed) or "unknown"
    text = f"Build terminated with state: {build.status}. Phase: {phases}"
    return f"{text}. {' '.join(contexts)}" if contexts else text
