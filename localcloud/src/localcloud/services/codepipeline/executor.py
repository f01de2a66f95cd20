"""Run executions: stage after stage, the actions of a stage by their run order, until it ends or is to end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.git.repository import GitError
from localcloud.http.errors import AwsError
from localcloud.iam.roles import RoleSession, assume_role
from localcloud.services.codepipeline import events, variables
from localcloud.services.codepipeline.approvals import RejectedError
from localcloud.services.codepipeline.executions import ActionExecution, Ending, Execution, History
from localcloud.services.codepipeline.models import Action, Stage
from localcloud.services.codepipeline.providers import BuildFailedError, Outcome, Provider
from localcloud.services.codepipeline.stage_entry import StageEntry
from localcloud.services.codepipeline.variables import UnresolvedError
from localcloud.services.events.models import Emit

if TYPE_CHECKING:
    from mypy_boto3_codepipeline.literals import ActionExecutionStatusType, PipelineExecutionStatusType
    from mypy_boto3_codepipeline.type_defs import ErrorDetailsTypeDef

log = logging.getLogger("localcloud")


SERVICE = "codepipeline.amazonaws.com"

_FAILURES = (AwsError, ClientError, BotoCoreError, GitError, BuildFailedError, RejectedError, UnresolvedError)
"""What an action fails with; anything else is a fault of the local cloud."""


class Executor:
    """Run executions, one thread each. `emit` takes each event."""

    def __init__(self, history: History, entry: StageEntry, actions: ActionRunner, emit: Emit) -> None:
        self._history, self._entry, self._actions, self._emit = history, entry, actions, emit

    def start(self, execution: Execution) -> None:
        """Start a new execution."""
        self._history.add(execution)
        self._emit(events.pipeline_changed(execution, "STARTED"))
        self._begin(execution, 0, None)

    def retry(self, execution: Execution, stage: str, skip: frozenset[str]) -> None:
        """Go on with a failed execution from a stage, without the actions to skip, which have succeeded before."""
        names = [declared.name for declared in execution.pipeline.stages]
        execution.attempt += 1
        execution.set_status("InProgress")
        self._emit(events.pipeline_changed(execution, "RESUMED"))
        self._begin(execution, names.index(stage), skip)

    def stop(self, execution: Execution, reason: str, *, abandon: bool) -> None:
        """Let nothing further of an execution run; with `abandon` without waiting for its actions."""
        execution.stop_reason = reason
        if self._end(execution, "Stopped", abandon=abandon):
            self._emit(events.pipeline_changed(execution, "STOPPING"))

    def cancel(self, pipeline_name: str) -> None:
        """End the executions of a pipeline that is updated, and free their stages.

        A build goes on by itself, also while the next execution enters its stage. Source: CodePipeline user guide,
        "Edit a pipeline" (the run "is stopped") and "Stop a pipeline execution" (its "stage is unlocked"); API
        reference, "PipelineExecution", status Cancelled.
        """
        for execution in self._history.executions(pipeline_name):
            self._end(execution, "Cancelled", abandon=True)

    def forget(self, pipeline_name: str) -> None:
        """End the executions of a pipeline that is deleted, and drop what has run of it."""
        for execution in self._history.executions(pipeline_name):
            self._end(execution, "Cancelled", abandon=True)
        self._history.forget(pipeline_name)

    def _end(self, execution: Execution, ending: Ending, *, abandon: bool) -> bool:
        """Ask an execution to end; return whether it had not ended before."""
        with self._history.changed:
            if execution.has_ended:
                return False
            execution.end(ending, abandon=abandon)
            execution.set_status("Stopping" if execution.ending == "Stopped" else ending)
            self._history.changed.notify_all()
        return True

    def _begin(self, execution: Execution, first: int, skip: frozenset[str] | None) -> None:
        name = f"pipeline-{execution.id}"
        threading.Thread(target=self._run, args=(execution, first, skip), name=name, daemon=True).start()

    def _run(self, execution: Execution, first: int, skip: frozenset[str] | None) -> None:
        try:
            status = self._run_stages(execution, first, skip)
        except Exception:
            log.exception("%s: the execution broke off", execution.id)
            status = "Failed"
        with self._history.changed:
            execution.set_status(status)
            self._history.changed.notify_all()
        failed = self._failed_actions(execution) if status == "Failed" else []
        self._emit(events.pipeline_changed(execution, status, failed))

    def _run_stages(self, execution: Execution, first: int, skip: frozenset[str] | None) -> PipelineExecutionStatusType:
        """Run the stages from an index on; `skip` is None unless the first of them is retried."""
        for stage in execution.pipeline.stages[first:]:
            if not self._entry.enter(execution, stage.name):
                return execution.ending or "Cancelled"
            try:
                status = self._run_stage(execution, stage, skip)
            finally:
                self._entry.leave(execution, stage.name)
            skip = None
            if status != "Succeeded":
                return status
        return "Succeeded"

    def _run_stage(
        self, execution: Execution, stage: Stage, skip: frozenset[str] | None
    ) -> PipelineExecutionStatusType:
        self._history.start_stage(execution, stage.name)
        self._emit(events.stage_changed(execution, stage.name, "STARTED" if skip is None else "RESUMED"))
        status: PipelineExecutionStatusType = "Succeeded"
        actions = [action for action in stage.actions if action.name not in (skip or ())]
        actions.sort(key=lambda action: action.run_order)
        for _, group in groupby(actions, key=lambda action: action.run_order):
            statuses = self._run_together(execution, stage.name, list(group))
            # A failure counts as one also when the execution was to stop, unless it has ended by then.
            has_failed = "Failed" in statuses and execution.ending != "Cancelled"
            status = "Failed" if has_failed else execution.ending or "Succeeded"
            if status != "Succeeded":
                break
        self._history.end_stage(execution, stage.name, status)
        self._emit(events.stage_changed(execution, stage.name, status))
        return status

    def _run_together(self, execution: Execution, stage: str, actions: list[Action]) -> list[ActionExecutionStatusType]:
        if len(actions) == 1:
            return [self._actions.run(execution, stage, actions[0])]
        with ThreadPoolExecutor(len(actions)) as pool:
            return list(pool.map(lambda action: self._actions.run(execution, stage, action), actions))

    def _failed_actions(self, execution: Execution) -> list[ActionExecution]:
        """Return the failed actions of the stage that failed last."""
        failed = [run for run in self._history.actions(execution.name, execution.id) if run.status == "Failed"]
        return [run for run in failed if run.stage == failed[0].stage]


class ActionRunner:
    """Run actions with the pipeline's role, or with the action's own, which the pipeline's role assumes."""

    def __init__(self, providers: Mapping[str, Provider], history: History, emit: Emit, endpoint: str) -> None:
        self._providers = providers
        self._history = history
        self._emit = emit
        self._endpoint = endpoint

    def run(self, execution: Execution, stage: str, action: Action) -> ActionExecutionStatusType:
        """Run one action; return its final status."""
        action_execution = self._history.start_action(execution, stage, action)
        self._emit(events.action_changed(action_execution, "STARTED"))
        try:
            outcome = self._run(action_execution)
        except _FAILURES as error:
            self._fail(action_execution, _explain(error))
        except Exception as error:
            log.exception("%s: action %s failed", execution.id, action.name)
            self._fail(action_execution, {"code": "InternalError", "message": f"The local cloud failed: {error}"})
        else:
            self._conclude(action_execution, outcome)
        self._emit(events.action_changed(action_execution, action_execution.status))
        return action_execution.status

    def _run(self, action_execution: ActionExecution) -> Outcome:
        execution, action = action_execution.execution, action_execution.action
        action_execution.configuration = variables.resolve(action.configuration, execution.namespaces)
        outcome = self._providers[action.provider].run(action_execution, self._session(execution, action))
        variables.check_output(outcome.variables)
        return outcome

    def _session(self, execution: Execution, action: Action) -> RoleSession:
        pipeline = execution.pipeline
        session = assume_role(
            pipeline.role_arn, SERVICE, session_name=execution.id, source_arn=pipeline.arn, endpoint=self._endpoint
        )
        if action.role_arn is None:
            return session
        answer = session.client("sts").assume_role(RoleArn=action.role_arn, RoleSessionName=execution.id)
        credentials = {
            "AWS_ACCESS_KEY_ID": answer["Credentials"]["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": answer["Credentials"]["SecretAccessKey"],
            "AWS_SESSION_TOKEN": answer["Credentials"]["SessionToken"],
        }
        return RoleSession(action.role_arn, execution.id, pipeline.region, self._endpoint, credentials)

    def _fail(self, action_execution: ActionExecution, error: ErrorDetailsTypeDef) -> None:
        with self._history.changing(action_execution):
            action_execution.status = "Failed"
            action_execution.error = error

    def _conclude(self, action_execution: ActionExecution, outcome: Outcome) -> None:
        execution = action_execution.execution
        with self._history.changing(action_execution):
            if execution.abandoned.is_set():
                action_execution.status = "Abandoned"
                return
            if action_execution.action.namespace:
                execution.namespaces[action_execution.action.namespace] = outcome.variables
            execution.artifacts.update({artifact.name: artifact for artifact in outcome.artifacts})
            action_execution.outputs = outcome.artifacts
            action_execution.variables = outcome.variables
            action_execution.status = "Succeeded"


def _explain(error: Exception) -> ErrorDetailsTypeDef:
    """Return an error's code and message, as an action's errorDetails have them."""
    if isinstance(error, ClientError):
        code = "PermissionError" if "AccessDenied" in str(error) else "JobFailed"
    elif isinstance(error, AwsError):
        code = "PermissionError" if error.code == "AccessDeniedException" else "ConfigurationError"
        return {"code": code, "message": error.message}
    else:
        code = "ConfigurationError" if isinstance(error, UnresolvedError) else "JobFailed"
    return {"code": code, "message": str(error)}
