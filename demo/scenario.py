"""What the demo does, in order; every figure of the summary is measured here."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contract.layout import DataLayout, bucket_and_key
from demo import commits, data, kpis
from demo.delivery import Delivery
from demo.inbox import Inbox
from demo.meanwhile import meanwhile
from demo.models import Models
from demo.people import Account
from demo.report import charts
from demo.report.chart import Figure
from demo.report.model import Answer, Execution, Message, Report, Resource, resources_of
from demo.report.model import Delivery as DeliveryFacts
from demo.stack import STATE_AT_THE_END, Outcome, Stack
from demo.timeline import Timeline


@dataclass
class Scenario:
    """One demo in one account; `summary` and `figures` fill as it goes."""

    account: Account
    folder: Path
    timeline: Timeline
    summary: dict[str, Any] = field(default_factory=dict[str, Any])
    figures: Sequence[Figure] = ()

    def __post_init__(self) -> None:
        self._checkout, self._commit = commits.first(self.account.administrator, self.folder / "checkout")
        environment = {**self.account.deployer.environment, **STATE_AT_THE_END}
        self.stack = Stack(environment, self.folder / "pulumi.log", self._checkout.folder)
        self.summary |= {"engine_version": self.stack.version()}

    def tell(self) -> Report:
        """Run the whole demo and return its report; raise what goes wrong, after the stack was destroyed."""
        before = self.account.inventory()
        with self._deployed() as outputs:
            environment: dict[str, str] = outputs["pipeline_environment"]
            delivery = self._deliver(outputs["delivery"])
            with self._more_commits(delivery):
                rows = self._input_data(environment)
                models = self._models(environment, outputs, rows)
                answers = self._visualize(outputs["kpis"], environment)
                # While the last commits are delivered: it takes seconds.
                self.figures = charts.figures(answers)
            self._redeploy()
            resources = resources_of(self.stack.export())
            self._clean_registry(environment["SAGEMAKER_PIPELINE_NAME"], models)
        after = self.account.inventory()
        self.summary["after_destroy"] = {name: len(after[name] - before.get(name, set())) for name in sorted(after)}
        return _report(self.summary, self.account.region, answers, models.executions, resources)

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

    def _deliver(self, deployed: Mapping[str, Any]) -> Delivery:
        """Take the first commit through the delivery pipeline up to its Upsert stage, which creates the ML pipeline."""
        self.timeline.title(f"CodePipeline {deployed['pipeline']} delivers a commit")
        approver = self.account.release_manager.assume(deployed["approver_role"])
        delivery = Delivery(self.account.administrator, approver, deployed["pipeline"], self.timeline)
        commits.deliver_first(delivery, self._commit)
        return delivery

    @contextmanager
    def _more_commits(self, delivery: Delivery) -> Generator[None]:
        """Take the commits through the delivery pipeline while others work with the stack; tell of it afterwards.

        All clients that it takes were made for the first commit: a session makes one at a time only.
        """
        aside = self.timeline.aside()
        aside.title(f"Meanwhile, CodePipeline {delivery.pipeline} delivers two more commits")
        beside = replace(delivery, timeline=aside)
        try:
            with meanwhile(lambda: commits.deliver_changes(beside, self._checkout, self._commit)) as upserts:
                yield
        finally:
            aside.tell()
        first_upsert, last_upsert = upserts.result()
        self.summary |= {"upsert": first_upsert, "last_upsert": last_upsert, "pipeline": delivery.entries}

    def _input_data(self, environment: Mapping[str, str]) -> int:
        data_set = data.diabetes()
        bucket, prefix = bucket_and_key(environment["INPUT_DATA_URI"])
        with self.timeline.step("Put the input data into the data bucket") as step:
            self.account.scientist("s3").put_object(Bucket=bucket, Key=f"{prefix}{data_set.name}", Body=data_set.csv)
            step.result = f"{data_set.rows} rows"
        return data_set.rows

    def _models(self, environment: Mapping[str, str], outputs: Mapping[str, Any], rows: int) -> Models:
        self.timeline.title("Executions, versions and messages")
        inbox = Inbox(self.account.administrator, outputs["topic_arn"])
        group = outputs["model_package_group"]
        models = Models(self.account.scientist, inbox, self.timeline, environment, group, rows)
        models.try_all()
        inbox.close()
        self.summary["executions"] = models.entries
        self.summary["messages"] = [asdict(message) for message in models.messages]
        return models

    def _visualize(self, deployed: Mapping[str, Any], environment: Mapping[str, str]) -> list[Answer]:
        """Crawl a team's own table, fill the dashboard as its role, ask every named query as an analyst."""
        self.timeline.title("KPIs")
        data_set = data.diabetes()
        with self.timeline.step("Crawl a team's own CSV"):
            key = f"{DataLayout(environment['USE_CASE_ID']).tables}/patients/{data_set.name}"
            self.account.scientist("s3").put_object(Bucket=environment["DATA_BUCKET"], Key=key, Body=data_set.csv)
            kpis.crawl(self.account.analyst, deployed["crawler"])
            table = self.account.analyst("glue").get_table(DatabaseName=deployed["database"], Name="csv_patients")[
                "Table"
            ]
        self.summary["crawled"] = {c["Name"]: c["Type"] for c in table["StorageDescriptor"]["Columns"]}
        with self.timeline.step("Refresh the dashboard's data sets") as step:
            rows = kpis.refresh(self.account.deployer, self.account.id, self.stack.export())
            step.result = f"{sum(rows.values())} rows in {len(rows)} data sets"
        self.summary["refreshed"] = rows
        with self.timeline.step("Ask Athena") as step:
            answers = kpis.answers(self.account.analyst, deployed["workgroup"], deployed["named_queries"])
            step.result = f"{len(answers)} named queries, {sum(len(a['rows']) for a in answers.values())} rows"
        self.summary["kpi"] = answers
        return [Answer.of(name, entry) for name, entry in answers.items()]

    def _clean_registry(self, pipeline_name: str, models: Models) -> None:
        """Delete what the stack does not own: SageMaker refuses to delete a group that still holds versions."""
        sagemaker = self.account.deployer("sagemaker")
        with self.timeline.step("Delete the versions and the ML pipeline, which the stack does not own"):
            for version in models.versions():
                sagemaker.delete_model_package(ModelPackageName=version)
            sagemaker.delete_pipeline(PipelineName=pipeline_name)
        self.account.administrator("codecommit").delete_repository(repositoryName=commits.REPOSITORY)


def _report(
    summary: Mapping[str, Any],
    region: str,
    answers: Sequence[Answer],
    executions: Sequence[Execution],
    resources: Sequence[Resource],
) -> Report:
    """Return the report of a demo that is over; `resources` as they were before the stack was destroyed."""
    return Report(
        stack="local",
        region=region,
        engine_version=summary["engine_version"],
        created=datetime.now(UTC),
        deploy_seconds=summary["deploy_seconds"],
        second_up_changes=summary["second_up_changes"],
        answers=answers,
        executions=executions,
        messages=[
            Message(subject=message["subject"], body=message["body"], seconds=message["seconds"])
            for message in summary["messages"]
        ],
        resources=resources,
        left=summary["after_destroy"],
        deliveries=[DeliveryFacts.of(entry) for entry in summary.get("pipeline", ())],
    )
