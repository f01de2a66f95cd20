"""GetPipelineState and ListActionExecutions: what has run, as the API answers it."""

from typing import Any

from localcloud.http.paging import page
from localcloud.http.service import Call, Handler
from localcloud.services.codepipeline.entry import StageEntry
from localcloud.services.codepipeline.history import History
from localcloud.services.codepipeline.pipelines import Pipelines

Record = dict[str, Any]

_ACTION_MEMBERS = (
    *("pipelineExecutionId", "actionExecutionId", "pipelineVersion", "stageName", "actionName", "startTime"),
    *("lastUpdateTime", "updatedBy", "status", "input", "output"),
)


class State:
    """Answers from the history."""

    def __init__(self, pipelines: Pipelines, history: History, entry: StageEntry) -> None:
        self._pipelines, self._history, self._entry = pipelines, history, entry

    def handlers(self) -> dict[str, Handler]:
        """The operations."""
        return {"GetPipelineState": self.get, "ListActionExecutions": self.list_actions}

    def get(self, call: Call) -> Record:
        """GetPipelineState."""
        pipeline = self._pipelines.find(call.input["name"])
        created, updated = self._pipelines.times(pipeline["name"])
        return {
            "pipelineName": pipeline["name"],
            "pipelineVersion": pipeline["version"],
            "stageStates": [self._stage(pipeline["name"], stage) for stage in pipeline["stages"]],
            "created": created,
            "updated": updated,
        }

    def list_actions(self, call: Call) -> Record:
        """ListActionExecutions, the latest first."""
        name = call.input["pipelineName"]
        self._pipelines.find(name)
        chosen = call.get("filter", {})
        latest = chosen.get("latestInPipelineExecution", {})
        execution = chosen.get("pipelineExecutionId") or latest.get("pipelineExecutionId")
        records = list(self._history.actions(name, execution))
        if latest.get("startTimeRange") == "Latest":
            seen: dict[tuple[str, str], Record] = {}
            for record in records:
                seen.setdefault((record["stageName"], record["actionName"]), record)
            records = list(seen.values())
        found = [{key: record[key] for key in _ACTION_MEMBERS if record.get(key) is not None} for record in records]
        return page(call, found, "actionExecutionDetails", cursor="nextToken", size="maxResults")

    def _stage(self, name: str, stage: Record) -> Record:
        state: Record = {
            "stageName": stage["name"],
            "inboundTransitionState": self._entry.transition(name, stage["name"]),
            "actionStates": [self._action(name, stage["name"], action) for action in stage["actions"]],
        }
        inbound = self._entry.inbound(name, stage["name"])
        if inbound:
            waiting = [{"pipelineExecutionId": e.id, "status": "InProgress", "type": "STANDARD"} for e in inbound]
            state |= {"inboundExecution": waiting[0], "inboundExecutions": waiting}
        if latest := self._history.stage(name, stage["name"]):
            state["latestExecution"] = latest
        return state

    def _action(self, name: str, stage: str, action: Record) -> Record:
        state: Record = {"actionName": action["name"]}
        record = self._history.latest_action(name, stage, action["name"])
        if record is None:
            return state
        result = record["output"]["executionResult"]
        latest: Record = {
            "actionExecutionId": record["actionExecutionId"],
            "status": record["status"],
            "summary": result.get("externalExecutionSummary"),
            "lastStatusChange": record["lastUpdateTime"],
            "token": record.get("token"),
            "lastUpdatedBy": record.get("updatedBy"),
            "externalExecutionId": result.get("externalExecutionId"),
            "externalExecutionUrl": result.get("externalExecutionUrl"),
            "errorDetails": result.get("errorDetails"),
        }
        state["latestExecution"] = {key: value for key, value in latest.items() if value is not None}
        if record["input"]["actionTypeId"]["category"] == "Source" and record["status"] == "Succeeded":
            revision = {"revisionId": result["externalExecutionId"], "revisionChangeId": result["externalExecutionId"]}
            state |= {
                "currentRevision": {**revision, "created": record["lastUpdateTime"]},
                "revisionUrl": result["externalExecutionUrl"],
            }
        return state
