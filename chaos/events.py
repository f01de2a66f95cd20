"""Registry events as EventBridge may deliver them: each thrice, out of order, some malformed, with SNS out of order.

AWS sends such an event after a change of a model version. Here the changes are made first, with the rule disabled, and
their events, as the local cloud writes them by AWS's documents, are put on the bus afterwards.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from chaos.faults import failed, throttled
from chaos.proxy import Fault, Proxy, Request, pass_on, proxy
from contract.layout import DataLayout
from demo.account import prepare
from demo.local_cloud import options
from demo.stack import Stack
from localcloud import LocalCloud

Event = dict[str, Any]

_DELIVERIES: Final = 3
_POISON_RATE: Final = 0.05
# Versions that were deleted since: their events are told with what the events themselves say.
_DELETED_RATE: Final = 0.01
_PER_REQUEST: Final = 100
_AT_ONCE: Final = 8
"""Executions of the notifier that run at the same time, each a process of this machine."""
_PAUSE_SECONDS: Final = 0.5
_QUIET_SECONDS: Final = 4.0
_ALARM_SECONDS: Final = 150.0
_LONGEST_SECONDS: Final = 900.0
# A record whose creation was carried out and not answered looks like another invocation's: the next one takes it over
# when the time of the first is up, 90 seconds.
_MESSAGE_SECONDS: Final = 240.0
_ALARM_SUBJECTS: Final = ("ALARM: ", "OK: ")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is tried.

    Attributes:
        events: different events, poison included.
        refusal_seconds: for how long SNS refuses everything, once a third of the messages has come.
        retry_seconds: until Lambda's first retry; the second one comes after twice as long. AWS waits 60.
    """

    events: int
    refusal_seconds: float
    retry_seconds: float

    def of(self, events: int) -> Plan:
        """Return the same plan with another number of events."""
        return replace(self, events=events)


FULL: Final = Plan(events=1000, refusal_seconds=30.0, retry_seconds=15.0)
SHORT: Final = Plan(events=60, refusal_seconds=4.0, retry_seconds=2.0)


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """What came out; a message or record is named by version and status, or by the event's id.

    `messages` are all but the alarms', `unexpected` those of no change. `refused` are the calls that SNS refused. A
    duplicate counts once for each message beyond the first.
    """

    expected: int
    deliveries: int
    messages: int
    lost: tuple[str, ...]
    duplicated: tuple[str, ...]
    unexpected: tuple[str, ...]
    records_wrong: tuple[str, ...]
    poison: int
    dead_letters: int
    dead_letters_wrong: tuple[str, ...]
    alarm: str
    refused: int
    seconds: float

    @property
    def problems(self) -> list[str]:
        """What was lost, is there twice or of no change, or did not reach the dead-letter queue and its alarm."""
        return [
            *(f"lost: {name}" for name in self.lost),
            *(f"twice: {name}" for name in self.duplicated),
            *(f"told though nothing happened: {name}" for name in self.unexpected),
            *(f"registry event: {name}" for name in self.records_wrong),
            *(f"dead-letter queue: {name}" for name in self.dead_letters_wrong),
            *([] if self.alarm == "ALARM" else [f"the alarm of the failed queue is {self.alarm}"]),
            *([] if self.refused else ["SNS has refused nothing: nothing is known of how that ends"]),
        ]


def tried(folder: Path, seed: int, plan: Plan) -> Delivered:
    """Deploy the stack, deliver the events to its notifier, and compare what came out."""
    settings = replace(options(), lambda_retry_seconds=plan.retry_seconds)
    with LocalCloud(folder / "cloud", settings, prepare=prepare) as cloud, proxy(cloud) as server:
        stack = Stack(cloud.environment(), folder / "pulumi.log")
        stack.up(lambda _line: None)
        return Registry(cloud, stack.outputs()).deliver(server, random.Random(seed), plan)  # noqa: S311 no secret


@dataclass(frozen=True)
class _Malformed:
    """A way in which an event's detail may be wrong; it still matches the rule."""

    name: str
    spoil: Callable[[dict[str, Any]], object]


_MALFORMED: Final = (
    _Malformed("no ARN", lambda detail: detail.pop("ModelPackageArn")),
    _Malformed("ARN without a version", lambda detail: detail.update(ModelPackageArn=_cut(detail["ModelPackageArn"]))),
    _Malformed("ARN as a list", lambda detail: detail.update(ModelPackageArn=[detail["ModelPackageArn"]])),
    _Malformed("a version that is no number",
               lambda detail: detail.update(ModelPackageArn=f"{_cut(detail['ModelPackageArn'])}/latest")),
    _Malformed("another group's ARN",
               lambda detail: detail.update(ModelPackageArn=detail["ModelPackageArn"].replace("stable", "other"))),
    _Malformed("no state", lambda detail: detail.pop("ModelPackageStatus")),
    _Malformed("no approval status", lambda detail: detail.pop("ModelApprovalStatus")),
    _Malformed("an unknown approval status", lambda detail: detail.update(ModelApprovalStatus="Frozen")),
    _Malformed("a time that is none", lambda detail: detail.update(LastModifiedTime="yesterday")),
)  # fmt: skip


def _cut(arn: str) -> str:
    return arn.rpartition("/")[0]


class Registry:
    """The model registry of a deployed stack, and what its notifier makes of changes."""

    def __init__(self, cloud: LocalCloud, outputs: Mapping[str, Any]) -> None:
        self._cloud, self._outputs = cloud, outputs
        self._sagemaker = cloud.client("sagemaker", "root")
        self._sqs, self._events = cloud.client("sqs", "root"), cloud.client("events", "root")
        self._group, self._function = outputs["model_package_group"], outputs["notifier"]
        self._prefix = self._function.removesuffix("-notifier")
        self._layout = DataLayout(outputs["pipeline_environment"]["USE_CASE_ID"])

    def send_calls_through(self, server: Proxy) -> None:
        """Let the notifier reach AWS through the proxy from its next invocation on."""
        functions, name = self._cloud.client("lambda", "root"), self._function
        variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        functions.update_function_configuration(
            FunctionName=name, Environment={"Variables": {**variables, "AWS_ENDPOINT_URL": server.url}}
        )
        functions.get_waiter("function_updated_v2").wait(FunctionName=name)

    def register_versions(self, count: int) -> tuple[Counter[str], list[str]]:
        """Register versions; return all messages by name, and the names that there should be a message of each."""
        arns = [
            self._sagemaker.create_model_package(ModelPackageGroupName=self._group)["ModelPackageArn"]
            for _ in range(count)
        ]
        names = [f"version {arn.rpartition('/')[2]} PendingManualApproval" for arn in arns]
        deadline = time.monotonic() + _MESSAGE_SECONDS
        while not set(names) <= set(self._messages()) and time.monotonic() < deadline:
            time.sleep(0.5)
        # A second message about one of them would come now.
        time.sleep(_QUIET_SECONDS)
        return Counter(self._messages()), names

    def clear(self) -> None:
        """Delete what the stack's state does not hold, and what its group can't be deleted with."""
        for pipeline in self._sagemaker.list_pipelines()["PipelineSummaries"]:
            self._sagemaker.delete_pipeline(PipelineName=pipeline["PipelineName"], ClientRequestToken=str(uuid4()))
        pages = self._sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=self._group)
        for arn in [summary["ModelPackageArn"] for page in pages for summary in page["ModelPackageSummaryList"]]:
            self._sagemaker.delete_model_package(ModelPackageName=arn)

    def deliver(self, server: Proxy, chosen: random.Random, plan: Plan) -> Delivered:
        """Deliver the events and compare what came out."""
        began = time.monotonic()
        poison_count = round(plan.events * _POISON_RATE)
        changes = self._changes(plan.events - poison_count, chosen)
        poison = [_spoilt(chosen.choice(changes), number) for number in range(poison_count)]
        deliveries = [event for event in (*changes, *poison) for _ in range(_DELIVERIES)]
        chosen.shuffle(deliveries)

        self.send_calls_through(server)
        functions = self._cloud.client("lambda", "root")
        functions.put_function_concurrency(FunctionName=self._function, ReservedConcurrentExecutions=_AT_ONCE)
        refusal = _Refusal(server, len(changes) // 3, plan.refusal_seconds)
        for start in range(0, len(deliveries), _PER_REQUEST):
            events = deliveries[start : start + _PER_REQUEST]
            self._cloud.internal("POST", "/_local/put-events", {"events": events})
            self._wait_until_quiet(server, refusal)
        self._wait(server, len(changes), len(poison) * _DELIVERIES, refusal)

        alarm = self._alarm()
        messages = Counter(self._messages())
        expected = {_name(event) for event in changes}
        dead = Counter(self._dead_letters())
        return Delivered(
            expected=len(expected),
            deliveries=len(deliveries),
            messages=messages.total(),
            lost=tuple(sorted(expected - messages.keys())),
            duplicated=tuple(sorted((messages - Counter(messages.keys())).elements())),
            unexpected=tuple(sorted(messages.keys() - expected)),
            records_wrong=tuple(self._records_wrong(changes)),
            poison=len(poison),
            dead_letters=dead.total(),
            dead_letters_wrong=tuple(_unequal(dead, Counter({event["id"]: _DELIVERIES for event in poison}))),
            alarm=alarm,
            refused=refusal.count,
            seconds=time.monotonic() - began,
        )

    def _changes(self, count: int, chosen: random.Random) -> list[Event]:
        """Make changes of model versions: each is registered, most are decided; return their events."""
        rule = f"{self._prefix}-model-versions"
        self._events.disable_rule(Name=rule)
        arns: list[str] = []
        for number in range(count):
            if number % 2 and chosen.random() < 0.9:  # noqa: PLR2004 a tenth waits for its decision
                status = chosen.choice(("Approved", "Rejected"))
                self._sagemaker.update_model_package(
                    ModelPackageArn=arns[-1], ModelApprovalStatus=status, ApprovalDescription=f"decision {number}"
                )
            else:
                arns.append(self._sagemaker.create_model_package(ModelPackageGroupName=self._group)["ModelPackageArn"])
        events = [entry["event"] for entry in self._all_entries(count)]
        for arn in chosen.sample(arns, max(1, round(len(arns) * _DELETED_RATE))):
            self._sagemaker.delete_model_package(ModelPackageName=arn)
        self._events.enable_rule(Name=rule)
        return events

    def _all_entries(self, count: int) -> list[dict[str, Any]]:
        """Return what the bus remembers of the changes, once it has matched them all to no rule."""
        deadline = time.monotonic() + _LONGEST_SECONDS
        while True:
            entries = [
                entry
                for entry in self._cloud.internal("GET", "/_local/events")
                if entry["event"]["detail"].get("ModelPackageGroupName") == self._group
            ]
            if len(entries) == count and all(entry["matched"] == [] for entry in entries):
                return entries
            if time.monotonic() > deadline:
                raise AssertionError(f"the bus remembers {len(entries)} of {count} events")
            time.sleep(0.5)

    def _wait_until_quiet(self, server: Proxy, refusal: _Refusal) -> None:
        """Wait until the function asks for nothing: in the local cloud, events that wait for room grow old quickly."""
        before = -1
        while before != server.asked:
            before = server.asked
            refusal.begin_after(self._mail_count())
            time.sleep(_PAUSE_SECONDS)

    def _mail_count(self) -> int:
        """Return how many mails have come, which is quick; among them may be the alarm's."""
        return len(list(self._cloud.layout.inbox.glob("*.eml")))

    def _wait(self, server: Proxy, messages: int, dead_letters: int, refusal: _Refusal) -> None:
        """Wait until everything has come, or nothing comes any more, and the function is quiet."""
        deadline, before = time.monotonic() + _LONGEST_SECONDS, -1
        while time.monotonic() < deadline:
            refusal.begin_after(self._mail_count())
            asked = server.asked
            has_all = self._dead_letter_count() >= dead_letters and len(self._messages()) >= messages
            if has_all and asked == before:
                return
            before = asked
            time.sleep(_QUIET_SECONDS if has_all else 0.5)

    def _messages(self) -> list[str]:
        """Return the name of each message but those of alarms."""
        mails = self._cloud.internal("GET", "/_local/inbox")
        return [message_name(mail) for mail in mails if not mail["subject"].startswith(_ALARM_SUBJECTS)]

    def _records_wrong(self, changes: list[Event]) -> Iterator[str]:
        """Yield what is wrong with the registry events: one for each change, and no other."""
        s3, bucket = self._cloud.client("s3", "root"), self._outputs["data_bucket"]
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=self._layout.registry_events)
        keys = {entry["Key"].rpartition("/")[2].removesuffix(".json"): entry["Key"]
                for page in pages for entry in page.get("Contents", [])}  # fmt: skip
        names = {event["id"]: _name(event) for event in changes}
        for event_id in names.keys() ^ keys.keys():
            yield f"{event_id} {'is missing' if event_id in names else 'is of no change'}"
        for event_id in names.keys() & keys.keys():
            record = json.loads(s3.get_object(Bucket=bucket, Key=keys[event_id])["Body"].read())
            if f"version {record['version']} {record['status']}" != names[event_id]:
                yield f"{event_id} is of version {record['version']} {record['status']}"

    @property
    def _failed_queue(self) -> str:
        return self._outputs["dead_letter_queues"]["failed"]

    def _dead_letter_count(self) -> int:
        name = "ApproximateNumberOfMessages"
        return int(
            self._sqs.get_queue_attributes(QueueUrl=self._failed_queue, AttributeNames=[name])["Attributes"][name]
        )

    def _dead_letters(self) -> Iterator[str]:
        """Yield the ids of the events in the failed queue, which is empty then."""
        while messages := self._sqs.receive_message(QueueUrl=self._failed_queue, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                yield json.loads(message["Body"])["requestPayload"]["id"]
                self._sqs.delete_message(QueueUrl=self._failed_queue, ReceiptHandle=message["ReceiptHandle"])

    def _alarm(self) -> str:
        """Return the state of the failed queue's alarm, as soon as it is on."""
        cloudwatch, deadline = self._cloud.client("cloudwatch", "root"), time.monotonic() + _ALARM_SECONDS
        while True:
            [alarm] = cloudwatch.describe_alarms(AlarmNames=[f"{self._prefix}-failed-queue"])["MetricAlarms"]
            if alarm["StateValue"] == "ALARM" or time.monotonic() > deadline:
                return alarm["StateValue"]
            time.sleep(1)


class _Refusal:
    """SNS refuses every call for some seconds: it throttles, fails, or cuts the connection, and does nothing."""

    def __init__(self, server: Proxy, after: int, seconds: float) -> None:
        self.count = 0
        self._server, self._after, self._seconds = server, after, seconds
        self._until = 0.0

    def begin_after(self, messages: int) -> None:
        """Begin once as many messages have come."""
        if not self._until and messages >= self._after:
            self._until = time.monotonic() + self._seconds
            self._server.judge = self._refuse

    def _refuse(self, request: Request) -> Fault | None:
        if time.monotonic() > self._until:
            self._server.judge = pass_on
            return None
        if request.service != "sns":
            return None
        self.count += 1
        answers = (throttled(request), failed(request), None)
        return Fault(answer=answers[self.count % len(answers)])


def _spoilt(event: Event, number: int) -> Event:
    """Return a malformed event with an id of its own."""
    spoilt = deepcopy(event)
    spoilt["id"] = f"poison-{number}"
    _MALFORMED[number % len(_MALFORMED)].spoil(spoilt["detail"])
    return spoilt


def message_name(mail: Mapping[str, Any]) -> str:
    """Return the name of a message: version and status where it is about a change of a version, else its subject."""
    attributes = mail["attributes"]
    if attributes.get("kind") == "model-package":
        return f"version {attributes.get('version')} {attributes.get('status')}"
    return mail["subject"] or "a message without a subject"


def _name(event: Event) -> str:
    detail = event["detail"]
    return f"version {detail['ModelPackageVersion']} {detail['ModelApprovalStatus']}"


def _unequal(actual: Counter[str], expected: Counter[str]) -> Iterator[str]:
    for event_id in sorted(actual.keys() | expected.keys()):
        if actual[event_id] != expected[event_id]:
            yield f"{event_id} {actual[event_id]} times instead of {expected[event_id]}"
