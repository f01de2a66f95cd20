"""Messages about failed crawls of the KPI crawler."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lambdas.notifier.changes import read
from lambdas.notifier.changes.crawl import CrawlFailure
from lambdas.notifier.events import Ignored, MalformedEventError, UnexpectedEventError

from .stage import CRAWLER

if TYPE_CHECKING:
    from .stage import Stage

LOG = "https://console.aws.amazon.com/cloudwatch/home?region=us-east-1#logEventViewer:group=/aws-glue/crawlers-role/x"


def crawl(**detail: Any) -> dict[str, Any]:
    """Glue's event for a failed crawl; None takes a field away."""
    fields = {
        "crawlerName": CRAWLER,
        "state": "Failed",
        "errorMessage": "Access Denied\non s3://data/",
        "accountId": "123456789012",
        "cloudWatchLogLink": LOG,
        **detail,
    }
    return {
        "version": "0",
        "id": "4c1f3a52-0000-4e1c-8f5c-000000000001",
        "detail-type": "Glue Crawler State Change",
        "source": "aws.glue",
        "account": "123456789012",
        "time": "2026-03-02T08:05:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": {name: value for name, value in fields.items() if value is not None},
    }


def test_a_failed_crawl_is_reported_with_its_reason_its_log_and_how_to_crawl_again(stage: Stage) -> None:
    assert stage.handle(crawl()) == "notified"

    [message] = stage.inbox()
    assert message["Subject"] == f"[test] {CRAWLER} crawl: Failed"
    text = message["Message"]
    assert f"A crawl of {CRAWLER} failed (test): new CSVs are not in Athena yet." in text
    facts = dict(line.split("  ", 1) for line in text.split("\n\n")[1].splitlines())
    assert {name: value.strip() for name, value in facts.items()} == {
        "Status": "Failed",
        "Environment": "test",
        "Crawler": CRAWLER,
        "Use case": "abalone",
        "Failed at": "2026-03-02T08:05:00Z",
        "Reason": "Access Denied on s3://data/",
    }
    assert f"Log of the crawl: {LOG}\n" in text
    assert f"  aws glue start-crawler --name {CRAWLER} --region us-east-1\n" in text


def test_the_attributes_name_the_crawler(stage: Stage) -> None:
    stage.handle(crawl())
    attributes = stage.inbox()[0]["MessageAttributes"]
    assert {name: attribute["Value"] for name, attribute in attributes.items()} == {
        "environment": "test",
        "kind": "crawl",
        "status": "Failed",
        "crawler": CRAWLER,
    }


def test_a_failed_crawl_is_no_event_of_the_registry(stage: Stage) -> None:
    stage.handle(crawl())
    assert stage.records() == {}


def test_a_second_delivery_is_not_reported_again_but_the_next_failure_is(stage: Stage) -> None:
    later = {**crawl(), "id": "5", "time": "2026-03-03T08:05:00Z"}
    assert [stage.handle(event) for event in (crawl(), crawl(), later)] == ["notified", "duplicate", "notified"]
    assert len(stage.inbox()) == 2


def test_a_failure_without_details_is_reported_all_the_same(stage: Stage) -> None:
    event = crawl(errorMessage=None, cloudWatchLogLink=None)
    del event["region"]
    assert stage.handle(event) == "notified"
    text = stage.inbox()[0]["Message"]
    assert "not known" in text
    assert "Log of the crawl" not in text
    assert f"  aws glue start-crawler --name {CRAWLER}\n" in text


@pytest.mark.parametrize("link", ["javascript:alert(1)", "http://example.com", "see the log"])
def test_only_a_page_over_tls_is_linked(stage: Stage, link: str) -> None:
    stage.handle(crawl(cloudWatchLogLink=link))
    assert link not in json.dumps(stage.inbox())


def test_an_odd_region_does_not_get_into_the_command(stage: Stage) -> None:
    stage.handle({**crawl(), "region": "us-east-1; rm -rf /"})
    assert "rm -rf" not in json.dumps(stage.inbox())


def test_the_crawl_of_another_crawler_is_refused(stage: Stage) -> None:
    with pytest.raises(UnexpectedEventError, match="is about other; this notifier is about abalone-test-kpis"):
        stage.handle(crawl(crawlerName="other"))
    assert stage.inbox() == []


def test_a_crawl_that_has_only_begun_is_ignored() -> None:
    assert read(crawl(state="Started")) == Ignored(reason=f"crawl of {CRAWLER} is Started")


def test_the_event_is_understood() -> None:
    failure = read(crawl())
    assert isinstance(failure, CrawlFailure)
    assert (failure.crawler, failure.log) == (CRAWLER, LOG)


@pytest.mark.parametrize("missing", ["crawlerName", "state"])
def test_an_event_without_crawler_or_state_is_malformed(missing: str) -> None:
    with pytest.raises(MalformedEventError, match=missing):
        read(crawl(**{missing: None}))
