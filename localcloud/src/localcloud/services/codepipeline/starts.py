"""What starts a pipeline: a call, a rule, its creation, and a push that it follows by itself."""

import json
from typing import Any

from localcloud.git.hosting import Push
from localcloud.git.repository import ZERO, GitRepository
from localcloud.http.errors import AwsError, validation
from localcloud.services.codepipeline import triggers
from localcloud.services.codepipeline.execution import Execution
from localcloud.services.codepipeline.executor import Executor
from localcloud.services.codepipeline.pipelines import Pipelines

Record = dict[str, Any]


class Starts:
    """Starts executions of the account's pipelines."""

    def __init__(self, pipelines: Pipelines, executor: Executor) -> None:
        self._pipelines, self._executor = pipelines, executor
        self._tokens: dict[tuple[str, str], str] = {}
        pipelines.created = self._first

    def start(self, name: str, kind: str, detail: str, given: Record | None = None) -> str:
        """Starts a pipeline; the execution's id.

        Args:
            name: the pipeline.
            kind: a trigger type of the API.
            detail: who or what started it.
            given: `variables`, `sourceRevisions`, `clientRequestToken` as StartPipelineExecution takes them.

        Raises:
            AwsError: for what the pipeline does not have.
        """
        given = given or {}
        pipeline = self._pipelines.find(name)
        token = (pipeline["arn"], given.get("clientRequestToken") or "")
        if token in self._tokens:
            return self._tokens[token]
        overrides = _overrides(pipeline, given.get("sourceRevisions") or [])
        execution = self._new(pipeline, kind, detail, _variables(pipeline, given.get("variables") or []), overrides)
        if token[1]:
            self._tokens[token] = execution.id
        return execution.id

    def pushed(self, provider: str, push: Push, repository: GitRepository) -> None:
        """Starts the pipelines that follow a repository by themselves: by polling, or by a connection's trigger."""
        if push.after == ZERO:
            return
        for pipeline in self._pipelines.all():
            for action in pipeline["stages"][0]["actions"]:
                if action["actionTypeId"]["provider"] == provider:
                    self._consider(pipeline, action, push, repository)

    def _consider(self, pipeline: Record, action: Record, push: Push, repository: GitRepository) -> None:
        settings, override = action["configuration"], {action["name"]: {"commit": push.after}}
        if action["actionTypeId"]["provider"] == "CodeCommit":
            followed = (settings["RepositoryName"], f"refs/heads/{settings['BranchName']}")
            polls = settings.get("PollForSourceChanges", "true").lower() == "true"
            if polls and followed == (push.repository, push.reference):
                self._new(pipeline, "PollForSourceChanges", "", _variables(pipeline, []), override)
            return
        if settings["FullRepositoryId"] != push.repository:
            return
        named = [t for t in pipeline.get("triggers", []) if t["gitConfiguration"]["sourceActionName"] == action["name"]]
        filters = [trigger for trigger in named if triggers.has_filters(trigger)]
        if filters:
            paths = repository.changed_paths(push.before, push.after)
            started = any(triggers.starts(trigger, push.kind, push.name, paths) for trigger in filters)
        else:
            detects = settings.get("DetectChanges", "true").lower() == "true"
            started = detects and push.reference == f"refs/heads/{settings['BranchName']}"
        if started:
            detail = json.dumps({"ConnectionArn": settings["ConnectionArn"], "FullRepositoryId": push.repository})
            branch = {"branch": push.name} if push.kind == "branch" else {}
            chosen = {action["name"]: {"commit": push.after, **branch}}
            self._new(pipeline, "WebhookV2", detail, _variables(pipeline, []), chosen)

    def _new(
        self, pipeline: Record, kind: str, detail: str, variables: dict[str, str], overrides: dict[str, Record]
    ) -> Execution:
        trigger = {"triggerType": kind, "triggerDetail": detail}
        execution = Execution(pipeline, trigger, variables, overrides)
        self._executor.start(execution)
        return execution

    def _first(self, pipeline: Record) -> None:
        try:
            variables = _variables(pipeline, [])
        except AwsError:
            return  # without a value for each variable nothing can start
        self._new(pipeline, "CreatePipeline", "", variables, {})


def _variables(pipeline: Record, given: list[Record]) -> dict[str, str]:
    declared = {variable["name"]: variable.get("defaultValue") for variable in pipeline.get("variables", [])}
    values = {variable["name"]: variable["value"] for variable in given}
    if unknown := sorted(values.keys() - declared.keys()):
        raise validation(f"Pipeline {pipeline['name']} has no variable {', '.join(unknown)}")
    merged = {**declared, **values}
    if missing := sorted(name for name, value in merged.items() if value is None):
        raise validation(f"Pipeline {pipeline['name']} needs a value for variable {', '.join(missing)}")
    return {name: str(value) for name, value in merged.items()}


def _overrides(pipeline: Record, revisions: list[Record]) -> dict[str, Record]:
    sources = {action["name"] for action in pipeline["stages"][0]["actions"]}
    found: dict[str, Record] = {}
    for revision in revisions:
        if revision["actionName"] not in sources:
            raise validation(f"Pipeline {pipeline['name']} has no source action {revision['actionName']}")
        if revision["revisionType"] != "COMMIT_ID":
            raise validation(f"Source action {revision['actionName']} takes revisions of type COMMIT_ID")
        found[revision["actionName"]] = {"commit": revision["revisionValue"]}
    return found
