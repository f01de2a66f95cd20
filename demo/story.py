"""What the demo does, in order; every figure of the summary is measured here."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from demo import commits, data, kpis, visualization
from demo.account.principals import ANALYST, DATA_SCIENTIST, DEPLOYER, RELEASE_MANAGERS
from demo.delivery import Delivery
from demo.inbox import Inbox
from demo.models import Models
from demo.report.model import Report, resources_of
from demo.reporting import report
from demo.roles import taken_on
from demo.stack import Outcome, Stack
from demo.timeline import Timeline
from localcloud import inventory
from localcloud.layout import ACCOUNT
from localcloud.lifecycle import LocalCloud


@dataclass
class Story:
    """One demo on one cloud; `summary` fills as it goes."""

    cloud: LocalCloud
    folder: Path
    timeline: Timeline
    summary: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        self._scientist = lambda service: self.cloud.client(service, DATA_SCIENTIST)
        self._analyst = lambda service: self.cloud.client(service, ANALYST)
        self._root = lambda service: self.cloud.client(service, "root")
        checkout, self._commit = commits.first(self.cloud, self.folder / "checkout")
        self._checkout = checkout
        self.stack = Stack(
            self.cloud.layout.bin / "pulumi", self.cloud.environment(), self.folder / "pulumi.log", checkout.folder
        )
        self.summary |= {"engine_version": self.stack.version()}

    def tell(self) -> Report:
        """The whole demo; raises what goes wrong, after the stack was destroyed."""
        before = inventory.take(self._root)
        with self._deployed() as outputs:
            environment: dict[str, str] = outputs["pipeline_environment"]
            self._deliver(outputs["delivery"])
            self._redeploy()
            rows = self._input_data(environment)
            models = self._models(environment, outputs["model_package_group"], rows)
            self._visualize(outputs["kpis"], environment)
            resources = resources_of(self.stack.export())
            self._clean_registry(environment["SAGEMAKER_PIPELINE_NAME"], models)
        self.summary["after_destroy"] = inventory.left(before, inventory.take(self._root))
        return report(self.summary, self.cloud.region, models.executions, resources)

    @contextmanager
    def _deployed(self) -> Generator[dict[str, Any]]:
        self.timeline.title(f"Pulumi {self.summary['engine_version']} deploys stack local")
        try:
            self.summary["deploy_seconds"] = self._operate("A person deploys", self.stack.up).seconds
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
        self.summary["second_up_changes"] = sum(self._operate("Deploy again by hand", self.stack.up).changes.values())

    def _deliver(self, deployed: Mapping[str, Any]) -> None:
        """Three commits through the deployed pipeline; its Upsert stage makes the SageMaker pipeline."""
        self.timeline.title(f"CodePipeline {deployed['pipeline']} delivers commits")
        release_manager = f"arn:aws:iam::{ACCOUNT}:role/{RELEASE_MANAGERS}"
        approver = taken_on(self.cloud, DATA_SCIENTIST, release_manager, deployed["approver_role"])
        delivery = Delivery(self._root, approver, deployed["pipeline"], self.timeline)
        self.summary |= commits.delivered(delivery, self._checkout, self._commit)
        self.summary["pipeline"] = delivery.entries

    def _input_data(self, environment: Mapping[str, str]) -> int:
        data_set = data.diabetes()
        bucket, _, prefix = environment["INPUT_DATA_URI"].removeprefix("s3://").partition("/")
        with self.timeline.step("Put the input data into the data bucket") as step:
            self._scientist("s3").put_object(Bucket=bucket, Key=f"{prefix}{data_set.name}", Body=data_set.csv)
            step.result = f"{data_set.rows} rows"
        return data_set.rows

    def _models(self, environment: Mapping[str, str], group: str, rows: int) -> Models:
        self.timeline.title("Executions, versions and messages")
        models = Models(self._scientist, Inbox(self.cloud.internal), self.timeline, environment, group, rows)
        models.try_all()
        self.summary["runs"] = models.runs
        self.summary["messages"] = [asdict(message) for message in models.messages]
        return models

    def _visualize(self, deployed: Mapping[str, Any], environment: Mapping[str, str]) -> None:
        """A team's own table crawled, the dashboard filled as its role, every named query asked as an analyst."""
        self.timeline.title("KPIs")
        data_set = data.diabetes()
        with self.timeline.step("Crawl a team's own CSV"):
            key = f"use-case={environment['USE_CASE_ID']}/patients/{data_set.name}"
            self._scientist("s3").put_object(Bucket=environment["DATA_BUCKET"], Key=key, Body=data_set.csv)
            visualization.crawl(self._analyst, deployed["crawler"])
            table = self._analyst("glue").get_table(DatabaseName=deployed["database"], Name="csv_patients")["Table"]
        self.summary["crawled"] = {c["Name"]: c["Type"] for c in table["StorageDescriptor"]["Columns"]}
        with self.timeline.step("Refresh the dashboard's data sets") as step:
            rows = visualization.refresh(lambda name: self.cloud.client(name, DEPLOYER), self.stack.export())
            step.result = f"{sum(rows.values())} rows in {len(rows)} data sets"
        self.summary["refreshed"] = rows
        with self.timeline.step("Ask Athena") as step:
            answers = kpis.answers(self._analyst, deployed["workgroup"], deployed["named_queries"])
            step.result = f"{len(answers)} named queries, {sum(len(a['rows']) for a in answers.values())} rows"
        self.summary["kpi"] = answers

    def _clean_registry(self, pipeline_name: str, models: Models) -> None:
        """What the stack does not own: SageMaker refuses to delete a group that still holds versions."""
        sagemaker = self.cloud.client("sagemaker", DEPLOYER)
        with self.timeline.step("Delete the versions and the pipeline, which the stack does not own"):
            for version in models.versions():
                sagemaker.delete_model_package(ModelPackageName=version)
            sagemaker.delete_pipeline(PipelineName=pipeline_name)
        self._root("codecommit").delete_repository(repositoryName=commits.REPOSITORY)
