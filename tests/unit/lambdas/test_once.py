"""One message for each change, whatever goes wrong and however often its event comes."""

from __future__ import annotations

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, cast

import pytest
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyPersistenceLayerError,
)
from botocore.exceptions import ClientError
from moto.dynamodb.exceptions import DynamodbException
from moto.dynamodb.responses import DynamoHandler

from lambdas.notifier.once import REMEMBERED_SECONDS

from .stage import METRICS, TABLE, Context

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from .stage import Event, Stage

DAY = 24 * 3600


@pytest.fixture
def event(stage: Stage) -> Event:
    return stage.event(stage.register(METRICS))


def test_an_event_that_is_delivered_three_times_is_notified_once(stage: Stage, event: Event) -> None:
    outcomes = [stage.handle(event) for _ in range(3)]

    assert outcomes == ["notified", "duplicate", "duplicate"]
    assert len(stage.inbox()) == 1
    assert len(stage.records()) == 1
    assert stage.counts.values["DuplicatesIgnored"] == 2


def test_the_same_change_under_another_event_id_is_notified_once(stage: Stage, event: Event) -> None:
    stage.handle(event)
    stage.handle({**event, "id": str(uuid.uuid4()), "time": "2035-01-01T00:00:00Z"})

    assert len(stage.inbox()) == 1
    assert len(stage.records()) == 1


def test_a_duplicate_looks_nothing_up(stage: Stage, event: Event) -> None:
    stage.handle(event)
    calls = stage.faults.watch("sagemaker", "DescribeModelPackage")
    stage.handle(event)

    assert calls == []


def test_every_status_of_a_version_is_a_change_of_its_own(stage: Stage) -> None:
    arn = stage.register(METRICS)
    stage.handle(stage.event(arn))
    stage.decide(arn, "Approved")
    stage.handle(stage.event(arn, LastModifiedTime="2035-01-01T00:00:00Z"))
    stage.decide(arn, "Rejected")
    stage.handle(stage.event(arn, LastModifiedTime="2035-01-01T00:00:05Z"))
    stage.decide(arn, "Approved")
    stage.handle(stage.event(arn, LastModifiedTime="2035-01-01T00:00:09Z"))

    statuses = [message["Subject"].split(": ")[1] for message in stage.inbox()]
    assert statuses == ["PendingManualApproval", "Approved", "Rejected", "Approved"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2035-01-01T00:00:00Z", "2035-01-01T00:00:00.000Z"),
        ("2035-01-01T00:00:00Z", "2035-01-01T01:00:00+01:00"),
        ("2035-01-01T00:00:00Z", 2051222400000),
        ("2035-01-01T00:00:00Z", "2051222400000"),
        (None, None),
    ],
)
def test_the_same_time_in_another_form_is_the_same_change(stage: Stage, first: object, second: object) -> None:
    arn = stage.register(METRICS)
    event = stage.event(arn, LastModifiedTime=first)
    stage.handle(event)
    again = stage.event(arn, LastModifiedTime=second)

    assert stage.handle({**again, "time": event["time"]}) == "duplicate"


@pytest.fixture
def atomic_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB checks a condition and writes in one step; the emulator does so only under a lock. Nobody waits long."""
    lock, put_item = threading.Lock(), DynamoHandler.put_item

    def locked(self: DynamoHandler) -> Any:
        with lock:
            return put_item(self)

    monkeypatch.setattr(DynamoHandler, "put_item", locked)
    monkeypatch.setattr("lambdas.notifier.once._POLL_SECONDS", 0.02)


def at_once(stage: Stage, event: Event, context: Context | None = None) -> list[str]:
    """What three execution environments make of the same event at the same time."""
    start = threading.Barrier(3)

    def run(_: int) -> str:
        notifier = stage.another_notifier()
        start.wait()
        try:
            return notifier.handle(event, cast("LambdaContext", context or Context()))["outcome"]
        except ClientError:
            return "failed"
        except IdempotencyAlreadyInProgressError:
            return "in progress"

    with ThreadPoolExecutor(3) as pool:
        return sorted(pool.map(run, range(3)))


@pytest.mark.usefixtures("atomic_writes")
def test_an_event_that_is_delivered_three_times_at_once_is_notified_once(stage: Stage, event: Event) -> None:
    slow_down(stage, lambda: time.sleep(0.1))

    assert at_once(stage, event) == ["duplicate", "duplicate", "notified"]
    assert len(stage.inbox()) == 1
    assert len(stage.records()) == 1


@pytest.mark.usefixtures("atomic_writes")
def test_a_concurrent_duplicate_that_cannot_wait_fails_and_its_retry_finds_the_change_reported(
    stage: Stage, event: Event
) -> None:
    slow_down(stage, lambda: time.sleep(0.3))

    assert at_once(stage, event, Context(lambda: 5_000)) == ["in progress", "in progress", "notified"]
    assert stage.handle(event) == "duplicate"
    assert len(stage.inbox()) == 1


@pytest.mark.usefixtures("atomic_writes")
def test_a_concurrent_duplicate_takes_over_when_the_first_one_fails(stage: Stage, event: Event) -> None:
    slow_down(stage, lambda: time.sleep(0.1))
    stage.faults.refuse("sns", "Publish", "InternalError", times=1)

    assert at_once(stage, event) == ["duplicate", "failed", "notified"]
    assert len(stage.inbox()) == 1


def slow_down(stage: Stage, pause: Callable[[], None]) -> None:
    """Makes the look-ups take a moment, so that deliveries overlap."""
    stage.faults.before("sagemaker", "DescribeModelPackage", pause)


def test_a_copy_that_fails_once_is_written_by_the_retry_without_another_message(stage: Stage, event: Event) -> None:
    stage.faults.refuse("s3", "PutObject", "SlowDown", times=2)

    with pytest.raises(ClientError, match="SlowDown"):
        stage.handle(event)
    with pytest.raises(ClientError, match="SlowDown"):
        stage.handle(event)
    assert stage.records() == {}
    assert stage.handle(event) == "duplicate"

    assert len(stage.inbox()) == 1
    assert len(stage.records()) == 1


def test_a_message_that_fails_once_is_sent_by_the_retry(stage: Stage, event: Event) -> None:
    stage.faults.refuse("sns", "Publish", "InternalError", times=1)

    with pytest.raises(ClientError, match="InternalError"):
        stage.handle(event)
    assert stage.handle(event) == "notified"

    assert len(stage.inbox()) == 1
    assert len(stage.records()) == 1


def test_a_record_that_is_refused_twice_leads_to_no_second_message(
    stage: Stage, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals, update_item = 0, DynamoHandler.update_item

    def refusing(self: DynamoHandler) -> Any:
        nonlocal refusals
        if refusals < 2:
            refusals += 1
            raise DynamodbException("ProvisionedThroughputExceededException", "Rate exceeded")
        return update_item(self)

    monkeypatch.setattr(DynamoHandler, "update_item", refusing)
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.0)

    assert stage.handle(event) == "notified"
    assert stage.handle(event) == "duplicate"
    assert refusals == 2
    assert len(stage.inbox()) == 1


def test_without_its_table_the_notifier_fails_before_it_publishes(stage: Stage, event: Event) -> None:
    stage.faults.refuse("dynamodb", "PutItem", "AccessDeniedException")

    with pytest.raises(IdempotencyPersistenceLayerError):
        stage.handle(event)
    assert stage.inbox() == []


def test_an_invocation_that_died_half_way_is_taken_up_by_the_retry(stage: Stage, event: Event) -> None:
    stage.faults.raising("sns", "Publish", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        stage.handle(event, Context(lambda: 50))
    stage.faults.clear()
    time.sleep(0.1)

    assert stage.handle(event) == "notified"
    assert len(stage.inbox()) == 1


def test_a_change_is_remembered_longer_than_its_event_can_come_back(stage: Stage, event: Event) -> None:
    stage.handle(event)

    items = cast("list[dict[str, Any]]", stage.clients.dynamodb.scan(TableName=TABLE)["Items"])
    assert {item["id"]["S"].split("#")[0] for item in items} == {"message", "registry-event"}
    queue_retention, eventbridge, function = 14 * DAY, DAY, DAY / 4
    assert queue_retention + eventbridge + function < REMEMBERED_SECONDS
    for item in items:
        left = int(item["expiration"]["N"]) - time.time()
        assert REMEMBERED_SECONDS - 60 < left <= REMEMBERED_SECONDS
