"""The models in the demo: executions with different hyperparameters, and what becomes of the versions they register."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from demo import DemoError, ml_pipeline
from demo.inbox import Inbox, Message
from demo.ml_pipeline import EndedExecution
from demo.people import Client
from demo.report.model import Execution, Measurement
from demo.timeline import Timeline

# No model of these data comes near it, so this execution ends in the fail step.
_IMPOSSIBLE_THRESHOLD = "1.0"


@dataclass(frozen=True)
class Trial:
    """One execution to start: its display name, its parameters, and how it has to end."""

    name: str
    parameters: Mapping[str, str]
    expected: str = "Succeeded"


TRIALS = (
    Trial("stumps", {"MaxDepth": "1"}),
    Trial("shallow-trees", {"MaxDepth": "2"}),
    Trial("default-parameters", {}),
    Trial("deep-and-hasty", {"MaxDepth": "10", "Eta": "0.9"}),
    Trial("above-threshold", {"MseThreshold": _IMPOSSIBLE_THRESHOLD}, expected="Failed"),
)


@dataclass
class Models:
    """What a data scientist does: execute, look at the message, approve what is better than before, reject the rest."""

    scientist: Client
    inbox: Inbox
    timeline: Timeline
    environment: Mapping[str, str]
    group: str
    rows: int
    executions: list[Execution] = field(default_factory=list[Execution])
    entries: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    messages: list[Message] = field(default_factory=list[Message])

    def try_all(self, trials: tuple[Trial, ...] = TRIALS) -> None:
        """Run every trial and decide on each version; raise DemoError where something went otherwise."""
        best: float | None = None
        for trial in trials:
            known = self.versions()
            execution = self._execute(trial)
            registered = [version for version in self.versions() if version not in known]
            if execution.status == "Failed":
                self.timeline.note(execution.failure_reason)
                self._message("Failed", execution.arn)
            if len(registered) != (execution.status == "Succeeded"):
                raise DemoError(
                    f"execution {execution.arn} ended {execution.status} and registered {len(registered)} versions"
                )
            for version in registered:
                self._message("PendingManualApproval", version)
                mse = self.entries[-1]["mse"]
                self._decide(version, execution, mse, best)
                best = mse if best is None else min(best, mse)

    def versions(self) -> list[str]:
        """Return the ARNs of the group's versions, the oldest first."""
        pages = (
            self.scientist("sagemaker")
            .get_paginator("list_model_packages")
            .paginate(ModelPackageGroupName=self.group, SortBy="CreationTime", SortOrder="Ascending")
        )
        return [summary["ModelPackageArn"] for page in pages for summary in page["ModelPackageSummaryList"]]

    def _execute(self, trial: Trial) -> EndedExecution:
        sagemaker = self.scientist("sagemaker")
        with self.timeline.step(f"Execution {trial.name}") as step:
            arn = ml_pipeline.start(
                sagemaker, self.environment["SAGEMAKER_PIPELINE_NAME"], trial.name, trial.parameters
            )
            execution = ml_pipeline.wait(sagemaker, arn, step.update)
            if execution.status != trial.expected:
                raise DemoError(
                    f"execution {arn} ended {execution.status} ({execution.failure_reason}), expected {trial.expected}"
                )
            metrics = ml_pipeline.evaluation(self.scientist("s3"), self.environment, execution)
            mse = metrics["mse"]["value"]
            threshold = float(trial.parameters.get("MseThreshold", self.environment["MSE_THRESHOLD"]))
            step.result = f"{execution.status}, MSE {mse:.1f}, threshold {threshold:g}"
        measurement = Measurement(metric="mse", value=mse, threshold=threshold)
        self.executions.append(ml_pipeline.described(sagemaker, arn, measurement))
        self.entries.append(
            {
                "name": trial.name,
                "execution_id": execution.execution_id,
                "parameters": dict(trial.parameters),
                "rows": self.rows,
                "mse": mse,
                "metrics": {name: metric["value"] for name, metric in metrics.items()},
                "threshold": threshold,
                "status": execution.status,
                "failure_reason": execution.failure_reason,
                "steps": dict(execution.steps),
                "seconds": round(execution.seconds, 3),
            }
        )
        return execution

    def _decide(self, version: str, execution: EndedExecution, mse: float, best: float | None) -> None:
        better = best is None or mse < best
        status = "Approved" if better else "Rejected"
        compared = "the first version" if best is None else f"{best:.1f} is the best so far"
        with self.timeline.step(f"{status}: version {version.rpartition('/')[2]}"):
            self.scientist("sagemaker").update_model_package(
                ModelPackageArn=version,
                ModelApprovalStatus=status,
                ApprovalDescription=f"MSE {mse:.1f} in execution {execution.execution_id}; {compared}",
            )
        self._message(status, version)

    def _message(self, status: str, arn: str) -> None:
        with self.timeline.step(f"Message: {status}") as step:
            message = self.inbox.next(status, arn, self._changed(arn))
            step.result = f"{message.seconds:.1f} s after the event"
        if status in {message.status for message in self.messages}:
            self.timeline.note(message.subject)
        else:
            self.timeline.message(message.subject, message.body)
        self.messages.append(message)

    def _changed(self, arn: str) -> datetime:
        """Return when a version or an execution came to its present status."""
        sagemaker = self.scientist("sagemaker")
        if ":pipeline/" in arn:
            return sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["LastModifiedTime"]
        version = sagemaker.describe_model_package(ModelPackageName=arn)
        return version.get("LastModifiedTime") or version["CreationTime"]
