"""What starts a pipeline: a call, a rule, its creation, and a push that it follows by itself.

A connection's triggers filter pushes: within one filter all conditions hold, one filter of several is enough, excludes
win over includes.

Source: CodePipeline user guide, "Filter triggers on code push or pull requests" and "Working with glob patterns in
syntax".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from localcloud.git.hosting import Push
from localcloud.git.repository import ZERO, GitRepository
from localcloud.http.errors import AwsError, validation
from localcloud.services.codepipeline.executions import Execution, SourceOverride
from localcloud.services.codepipeline.executor import Executor
from localcloud.services.codepipeline.models import Action, Pipeline, Pipelines

if TYPE_CHECKING:
    from mypy_boto3_codepipeline.literals import TriggerTypeType
    from mypy_boto3_codepipeline.type_defs import (
        GitBranchFilterCriteriaTypeDef,
        GitConfigurationTypeDef,
        GitFilePathFilterCriteriaTypeDef,
        GitPushFilterTypeDef,
        GitTagFilterCriteriaTypeDef,
        PipelineVariableTypeDef,
        SourceRevisionOverrideTypeDef,
    )

    _Criteria = GitBranchFilterCriteriaTypeDef | GitTagFilterCriteriaTypeDef | GitFilePathFilterCriteriaTypeDef


class Starter:
    """Start executions of the account's pipelines."""

    def __init__(self, pipelines: Pipelines, executor: Executor) -> None:
        self._pipelines = pipelines
        self._executor = executor
        self._started: dict[tuple[str, str], Execution] = {}
        """By pipeline and client request token."""

    def start(
        self,
        pipeline_name: str,
        trigger_type: TriggerTypeType,
        trigger_detail: str,
        *,
        variables: Sequence[PipelineVariableTypeDef] = (),
        source_revisions: Sequence[SourceRevisionOverrideTypeDef] = (),
        client_request_token: str | None = None,
    ) -> Execution:
        """Start a pipeline; a repeated client request token returns the execution that it started.

        Raises:
            AwsError: ValidationException for variables or sources that the pipeline does not have.
        """
        pipeline = self._pipelines.find(pipeline_name)
        token = (pipeline.arn, client_request_token or "")
        if token in self._started:
            return self._started[token]
        overrides = _overrides(pipeline, source_revisions)
        values = _variables(pipeline, {variable["name"]: variable["value"] for variable in variables})
        execution = self._start(pipeline, trigger_type, trigger_detail, values, overrides)
        if client_request_token:
            self._started[token] = execution
        return execution

    def start_first(self, pipeline: Pipeline) -> None:
        """Start a new pipeline, unless a variable without a value keeps it from starting."""
        try:
            values = _variables(pipeline, {})
        except AwsError:
            return
        self._start(pipeline, "CreatePipeline", "", values, {})

    def follow(self, provider: str, push: Push, content: GitRepository) -> None:
        """Start the pipelines that follow a repository of a provider by themselves: by polling, or by a trigger."""
        if push.after == ZERO:
            return
        for pipeline in self._pipelines.all():
            for action in pipeline.sources:
                if action.provider == provider == "CodeCommit":
                    self._poll(pipeline, action, push)
                elif action.provider == provider:
                    self._trigger(pipeline, action, push, content)

    def _poll(self, pipeline: Pipeline, action: Action, push: Push) -> None:
        polls = action.configuration.get("PollForSourceChanges", "true").lower() == "true"
        repository, branch = action.configuration["RepositoryName"], action.configuration["BranchName"]
        if polls and (push.repository, push.reference) == (repository, f"refs/heads/{branch}"):
            override = SourceOverride(commit_id=push.after)
            self._start(pipeline, "PollForSourceChanges", "", _variables(pipeline, {}), {action.name: override})

    def _trigger(self, pipeline: Pipeline, action: Action, push: Push, content: GitRepository) -> None:
        configuration = action.configuration
        if configuration["FullRepositoryId"] != push.repository or not _is_triggered(pipeline, action, push, content):
            return
        detail = {"ConnectionArn": configuration["ConnectionArn"], "FullRepositoryId": push.repository}
        branch = push.name if push.kind == "branch" else None
        override = SourceOverride(commit_id=push.after, branch=branch)
        self._start(pipeline, "WebhookV2", json.dumps(detail), _variables(pipeline, {}), {action.name: override})

    def _start(
        self,
        pipeline: Pipeline,
        trigger_type: TriggerTypeType,
        trigger_detail: str,
        variables: dict[str, str],
        overrides: dict[str, SourceOverride],
    ) -> Execution:
        execution = Execution(
            pipeline=pipeline,
            trigger={"triggerType": trigger_type, "triggerDetail": trigger_detail},
            variables=variables,
            overrides=overrides,
        )
        self._executor.start(execution)
        return execution


def _variables(pipeline: Pipeline, values: Mapping[str, str]) -> dict[str, str]:
    """Return the values of a pipeline's variables: its defaults, and others in their place.

    Raises:
        AwsError: ValidationException for a variable that it does not have, or that is left without a value.
    """
    declared = {variable["name"]: variable.get("defaultValue") for variable in pipeline.variables}
    if unknown := sorted(values.keys() - declared.keys()):
        raise validation(f"Pipeline {pipeline.name} has no variable {', '.join(unknown)}")
    merged = {**declared, **values}
    if missing := sorted(name for name, value in merged.items() if value is None):
        raise validation(f"Pipeline {pipeline.name} needs a value for variable {', '.join(missing)}")
    return {name: value for name, value in merged.items() if value is not None}


def _overrides(pipeline: Pipeline, revisions: Sequence[SourceRevisionOverrideTypeDef]) -> dict[str, SourceOverride]:
    sources = {action.name for action in pipeline.sources}
    for revision in revisions:
        if revision["actionName"] not in sources:
            raise validation(f"Pipeline {pipeline.name} has no source action {revision['actionName']}")
        if revision["revisionType"] != "COMMIT_ID":
            raise validation(f"Source action {revision['actionName']} takes revisions of type COMMIT_ID")
    return {revision["actionName"]: SourceOverride(commit_id=revision["revisionValue"]) for revision in revisions}


def _is_triggered(pipeline: Pipeline, action: Action, push: Push, content: GitRepository) -> bool:
    """Return whether a push starts a connection's source: through a filter or, without any, on its branch."""
    triggers = [trigger["gitConfiguration"] for trigger in pipeline.triggers]
    filtering = [
        git
        for git in triggers
        if git["sourceActionName"] == action.name and (git.get("push") or git.get("pullRequest"))
    ]
    if filtering:
        paths = content.changed_paths(push.before, push.after)
        return any(passes_filter(git, push.kind, push.name, paths) for git in filtering)
    detects = action.configuration.get("DetectChanges", "true").lower() == "true"
    return detects and push.reference == f"refs/heads/{action.configuration['BranchName']}"


def passes_filter(git: GitConfigurationTypeDef, kind: str, name: str, paths: Sequence[str]) -> bool:
    """Return whether a push of a branch or tag passes one of the push filters of a trigger.

    Args:
        git: the trigger's configuration.
        kind: `branch` or `tag`.
        name: the branch's or tag's name.
        paths: the paths of the files that the push changed.
    """
    return any(_passes_push(push_filter, kind, name, paths) for push_filter in git.get("push", ()))


def _passes_push(push_filter: GitPushFilterTypeDef, kind: str, name: str, paths: Sequence[str]) -> bool:
    criteria = push_filter.get("tags") if kind == "tag" else push_filter.get("branches")
    if criteria is None:
        # A filter on tags says nothing of branches; one on file paths alone is about every branch.
        if kind == "tag" or "tags" in push_filter:
            return False
    elif not _passes(criteria, name):
        return False
    files = push_filter.get("filePaths")
    return files is None or any(_passes(files, path) for path in paths)


def _passes(criteria: _Criteria, text: str) -> bool:
    """Return whether a text matches an include, if there are any, and no exclude."""
    includes, excludes = criteria.get("includes") or ["**"], criteria.get("excludes") or []
    return _matches_any(includes, text) and not _matches_any(excludes, text)


def _matches_any(patterns: Iterable[str], text: str) -> bool:
    return any(glob(pattern).fullmatch(text) for pattern in patterns)


@lru_cache(maxsize=512)
def glob(pattern: str) -> re.Pattern[str]:
    """Return a glob pattern as a regular expression: `*` stays within one path component, `**` does not."""
    out, index, depth = "", 0, 0
    while index < len(pattern):
        char = pattern[index]
        if pattern.startswith("**", index):
            out, index = f"{out}.*", index + 2
            continue
        closing = pattern.find("]", index + 1)
        if char == "[" and closing > 0:
            inner = pattern[index + 1 : closing].replace("\\", "\\\\")
            inner = f"^{inner[1:]}" if inner.startswith("!") else inner
            out, index = f"{out}[{inner}]", closing + 1
            continue
        if char == "\\" and index + 1 < len(pattern):
            out, index = out + re.escape(pattern[index + 1]), index + 2
            continue
        depth += (char == "{") - (char == "}" and depth > 0)
        special = {"*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}
        out += "|" if char == "," and depth else special.get(char, re.escape(char))
        index += 1
    return re.compile(out, re.DOTALL)
