"""One action of an execution: its role, its configuration with variables resolved, its provider, its record."""

import logging
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.git.repository import GitError
from localcloud.http.errors import AwsError
from localcloud.iam.roles import RoleSession, assume_role
from localcloud.services.codepipeline import events, variables
from localcloud.services.codepipeline.approvals import Approvals, RejectedError
from localcloud.services.codepipeline.build_actions import BuildActions, BuildFailedError
from localcloud.services.codepipeline.execution import Execution
from localcloud.services.codepipeline.history import History
from localcloud.services.codepipeline.pipelines import SERVICE
from localcloud.services.codepipeline.source_actions import SourceActions
from localcloud.services.codepipeline.variables import UnresolvedError

log = logging.getLogger("localcloud")

Record = dict[str, Any]

_EXPECTED = (AwsError, ClientError, BotoCoreError, GitError, BuildFailedError, RejectedError, UnresolvedError)


class Actions:
    """Runs actions with the pipeline's role, or with the action's own, which the pipeline's role assumes."""

    def __init__(
        self,
        sources: SourceActions,
        builds: BuildActions,
        approvals: Approvals,
        history: History,
        emit: Callable[[Record], None],
        endpoint: str,
    ) -> None:
        self._sources, self._builds, self._approvals = sources, builds, approvals
        self._history, self._emit, self._endpoint = history, emit, endpoint

    def run(self, execution: Execution, stage: str, action: Record) -> str:
        """Runs one action; its final status: Succeeded, Failed or Abandoned."""
        record = self._history.start_action(execution, stage, action, action["configuration"])
        self._emit(events.action_changed(execution, record, "STARTED"))
        try:
            result = self._provide(execution, action, record)
        except _EXPECTED as error:
            code, message = _explained(error)
            self._history.update_action(record, "Failed", result={"errorDetails": {"code": code, "message": message}})
        except Exception as error:
            log.exception("%s: action %s failed", execution.id, action["name"])
            details = {"code": "InternalError", "message": f"The local cloud failed: {error}"}
            self._history.update_action(record, "Failed", result={"errorDetails": details})
        else:
            if execution.abandoned.is_set():
                self._history.update_action(record, "Abandoned")
            else:
                self._succeed(execution, action, record, result)
        self._emit(events.action_changed(execution, record, record["status"]))
        return str(record["status"])

    def _provide(self, execution: Execution, action: Record, record: Record) -> Record:
        settings = variables.resolve(action["configuration"], execution.namespaces)
        record["input"]["resolvedConfiguration"] = settings
        session = self._session(execution, action)
        provider = action["actionTypeId"]["provider"]
        if provider == "Manual":
            result = self._approvals.run(execution, action, settings, session, record)
        elif provider == "CodeBuild":
            result = self._builds.run(execution, action, settings, session, record)
        else:
            result = self._sources.run(execution, action, settings, session)
        variables.check_output(result["variables"])
        return result

    def _session(self, execution: Execution, action: Record) -> RoleSession:
        pipeline = execution.pipeline
        session = assume_role(
            pipeline["roleArn"],
            SERVICE,
            session_name=execution.id,
            source_arn=pipeline["arn"],
            endpoint=self._endpoint,
        )
        if not (own := action.get("roleArn")):
            return session
        keys = session.client("sts").assume_role(RoleArn=own, RoleSessionName=execution.id)["Credentials"]
        given = {
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
        }
        return RoleSession(own, execution.id, execution.region, self._endpoint, given)

    def _succeed(self, execution: Execution, action: Record, record: Record, result: Record) -> None:
        if namespace := action.get("namespace"):
            execution.namespaces[namespace] = result["variables"]
        outputs = [execution.artifacts[output["name"]] for output in action["outputArtifacts"]]
        located = [{"name": o["name"], "s3location": {"bucket": o["bucket"], "key": o["key"]}} for o in outputs]
        names = {"summary": "externalExecutionSummary", "id": "externalExecutionId", "url": "externalExecutionUrl"}
        self._history.update_action(
            record,
            "Succeeded",
            result={member: result[name] for name, member in names.items() if name in result},
            output={"outputArtifacts": located, "outputVariables": result["variables"]},
        )


def _explained(error: Exception) -> tuple[str, str]:
    """An error's code and message, as CodePipeline's errorDetails have them."""
    if isinstance(error, ClientError):
        return "PermissionError" if "AccessDenied" in str(error) else "JobFailed", str(error)
    if isinstance(error, AwsError):
        return "PermissionError" if error.code == "AccessDeniedException" else "ConfigurationError", error.message
    if isinstance(error, UnresolvedError):
        return "ConfigurationError", str(error)
    return "JobFailed", str(error)
