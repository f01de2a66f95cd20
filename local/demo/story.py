"""What the demo does, in order; every figure of the summary is measured here."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from local.demo import data, inventory, pipeline
from local.demo.inbox import Inbox
from local.demo.pipeline import Run
from local.demo.stack import Outcome, Stack
from local.demo.timeline import Timeline
from local.lifecycle import LocalCloud
from local.principals import DATA_SCIENTIST, DEPLOYER

# No model of these data comes near it, so the second run ends in the fail step.
_IMPOSSIBLE_THRESHOLD = "1.0"


class DemoError(Exception):
    """Something did not happen as it should; the message says what."""


@dataclass
class Story:
    """One demo on one cloud; `summary` fills as it goes."""

    cloud: LocalCloud
    stack: Stack
    timeline: Timeline
    summary: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        self._inbox = Inbox(self.cloud.internal)
        self._scientist = lambda service: self.cloud.client(service, DATA_SCIENTIST)
        self._root = lambda service: self.cloud.client(service, "root")
        self.summary |= {"engine_version": self.stack.version(), "runs": [], "messages": []}

    def tell(self) -> dict[str, Any]:
        """The whole demo; raises what goes wrong, after the stack was destroyed."""
        before = inventory.take(self._root)
        with self._deployed() as outputs:
            environment: dict[str, str] = outputs["pipeline_environment"]
            self._redeploy()
            self._upsert(environment)
            rows = self._input_data(environment)
            group: str = outputs["model_package_group"]
            self._register_and_approve(environment, group, rows)
            self._miss_the_threshold(environment, group, rows)
            self._clean_registry(environment["SAGEMAKER_PIPELINE_NAME"], group)
        self.summary["after_destroy"] = inventory.left(before, inventory.take(self._root))
        return self.summary

    @contextmanager
    def _deployed(self) -> Generator[dict[str, Any]]:
        self.timeline.title(f"Pulumi {self.summary['engine_version']} deploys stack local")
        try:
            self._operate("Deploy", self.stack.up)
            self.summary["resources"] = self.stack.resources()
            yield self.stack.outputs()
        except Exception:
            self._destroy()
            raise
        # An interrupted demo takes the whole cloud away with it.
        self._destroy()

    def _destroy(self) -> None:
        self.timeline.title("Clean up")
        self._operate("Destroy", self.stack.destroy)
        self.stack.remove()

    def _operate(self, text: str, operation: Callable[[Callable[[str], None]], Outcome]) -> Outcome:
        with self.timeline.step(text) as step:
            outcome = operation(step.update)
            step.result = ", ".join(f"{count} {name}d" for name, count in outcome.changes.items()) or "no change"
        return outcome

    def _redeploy(self) -> None:
        self.summary["second_up_changes"] = sum(self._operate("Deploy again", self.stack.up).changes.values())

    def _upsert(self, environment: Mapping[str, str]) -> None:
        self.timeline.title("The SageMaker pipeline")
        for key in ("upsert", "second_upsert"):
            with self.timeline.step("Upsert" if key == "upsert" else "Upsert again") as step:
                result = pipeline.upsert(self.cloud.environment(DEPLOYER), environment)
                self.summary[key] = step.result = result["action"]

    def _input_data(self, environment: Mapping[str, str]) -> int:
        data_set = data.diabetes()
        bucket, _, prefix = environment["INPUT_DATA_URI"].removeprefix("s3://").partition("/")
        with self.timeline.step("Put the input data into the data bucket") as step:
            self._scientist("s3").put_object(Bucket=bucket, Key=f"{prefix}{data_set.name}", Body=data_set.csv)
            step.result = f"{data_set.rows} rows"
        return data_set.rows

    def _register_and_approve(self, environment: Mapping[str, str], group: str, rows: int) -> None:
        run = self._run("within-threshold", environment, rows, {}, expected="Succeeded")
        self.timeline.title("The model registry")
        version = self._only_version(group)
        self._message("PendingManualApproval", version)
        with self.timeline.step("Approve the version"):
            self._scientist("sagemaker").update_model_package(
                ModelPackageArn=version,
                ModelApprovalStatus="Approved",
                ApprovalDescription=f"MSE {self.summary['runs'][-1]['mse']:.1f} in execution {run.execution_id}",
            )
        self._message("Approved", version)

    def _miss_the_threshold(self, environment: Mapping[str, str], group: str, rows: int) -> None:
        self.timeline.title("A run that misses its threshold")
        run = self._run(
            "above-threshold", environment, rows, {"MseThreshold": _IMPOSSIBLE_THRESHOLD}, expected="Failed"
        )
        self.timeline.note(run.failure_reason)
        self._message("Failed", run.arn)
        self._only_version(group)

    def _run(
        self, name: str, environment: Mapping[str, str], rows: int, parameters: Mapping[str, str], expected: str
    ) -> Run:
        sagemaker = self._scientist("sagemaker")
        with self.timeline.step(f"Run {name}") as step:
            arn = pipeline.start(sagemaker, environment["SAGEMAKER_PIPELINE_NAME"], name, parameters)
            run = pipeline.wait(sagemaker, arn, step.update)
            if run.status != expected:
                raise DemoError(f"execution {run.arn} ended {run.status} ({run.failure_reason}), expected {expected}")
            mse = pipeline.evaluation(self._scientist("s3"), environment, run)["mse"]["value"]
            threshold = float(parameters.get("MseThreshold", environment["MSE_THRESHOLD"]))
            step.result = f"{run.status}, MSE {mse:.1f}, threshold {threshold:g}"
        self.summary["runs"].append(
            {"rows": rows, "mse": mse, "threshold": threshold, "status": run.status, "seconds": round(run.seconds, 3)}
        )
        return run

    def _message(self, status: str, arn: str) -> None:
        with self.timeline.step(f"Message: {status}") as step:
            message = self._inbox.next(status, arn)
            step.result = f"{message.seconds:.1f} s after the event"
        self.timeline.message(message.subject, message.body)
        self.summary["messages"].append({"subject": message.subject, "body": message.body, "seconds": message.seconds})

    def _only_version(self, group: str) -> str:
        """The ARN of the one version in the group; raises DemoError where there are more or none."""
        listed = self._scientist("sagemaker").list_model_packages(ModelPackageGroupName=group)
        versions = [summary["ModelPackageArn"] for summary in listed["ModelPackageSummaryList"]]
        if len(versions) != 1:
            raise DemoError(f"{group} holds {len(versions)} versions, expected 1")
        return versions[0]

    def _clean_registry(self, pipeline_name: str, group: str) -> None:
        """What the stack does not own: SageMaker refuses to delete a group that still holds versions."""
        sagemaker = self.cloud.client("sagemaker", DEPLOYER)
        with self.timeline.step("Delete the version and the pipeline, which the stack does not own"):
            sagemaker.delete_model_package(ModelPackageName=self._only_version(group))
            sagemaker.delete_pipeline(PipelineName=pipeline_name)
