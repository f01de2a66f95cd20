"""CodeBuild actions: a build of the deployed project with the pipeline's artifacts.

Source: CodePipeline user guide, action reference of AWS CodeBuild.
"""

from typing import Any

from localcloud.iam.sessions import RoleSession
from localcloud.services.codebuild.builds import Builds
from localcloud.services.codebuild.projects import arn_of as project_arn
from localcloud.services.codebuild.start import PipelineInputs
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
            {
                "projectName": project,
                "environmentVariablesOverride": structure.environment_variables(
                    f"Action {action['name']}", settings.get("EnvironmentVariables", "[]")
                ),
            },
            f"codepipeline/{execution.name}",
            PipelineInputs(
                artifacts=inputs,
                outputs=[{**location, "identifier": location["name"]} for location in outputs],
                encryption_key=artifacts.encryption_key(execution.pipeline),
                revision=execution.revision,
                pipeline=execution.name,
            ),
        )
        console = (
            f"https://console.aws.amazon.com/codebuild/home?region={session.region}#/builds/{build['id']}/view/new"
        )
        self._history.update_action(
            record, result={"externalExecutionId": build["id"], "externalExecutionUrl": console}
        )
        while not build["buildComplete"]:
            build = self._builds.wait(build["id"], _POLL)
            if execution.abandoned.is_set() and not build["buildComplete"]:
                return {"variables": {}}
        if build["buildStatus"] != "SUCCEEDED":
            raise BuildFailedError(_reason(build))
        execution.artifacts.update({location["name"]: location for location in outputs})
        exported = {item["name"]: item["value"] for item in build["exportedEnvironmentVariables"]}
        return {"variables": exported}

    @staticmethod
    def _inputs(execution: Execution, action: Record, settings: dict[str, str]) -> list[Record]:
        names: list[str] = [artifact["name"] for artifact in action["inputArtifacts"]]
        first: str = settings.get("PrimarySource") or names[0]
        ordered = [first, *(name for name in names if name != first)]
        return [{**execution.artifacts[name], "identifier": name} for name in ordered]


def _reason(build: Record) -> str:
    failed = [phase for phase in build["phases"] if phase.get("phaseStatus") not in {None, "SUCCEEDED"}]
    contexts = [context["message"] for phase in failed for context in phase["contexts"] if context["message"]]
    phases = ", ".join(phase["phaseType"] for phase in failed) or "unknown"
    text = f"Build terminated with state: {build['buildStatus']}. Phase: {phases}"
    return f"{text}. {' '.join(contexts)}" if contexts else text
