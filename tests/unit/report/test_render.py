from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from demo.report.model import Delivery, Execution, Measurement, Message, Report, Resource, Step
from demo.report.render import render

from .conftest import answer

RATE = ["month", "approved", "rejected", "pending", "failed"]
HOSTILE = "</pre></style><script>alert('x')</script><img src=x onerror=alert(1)>&amp;"


class Page(HTMLParser):
    """The elements, ids and texts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += f"{data} "

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)

    def ids(self) -> list[str]:
        return [attributes["id"] or "" for _, attributes in self.elements if "id" in attributes]


def execution(**changes: Any) -> Execution:
    base = Execution(
        name="nightly",
        execution_id="k2v9x0q1m3ab",
        status="Succeeded",
        seconds=10.0,
        steps=(Step(name="Train", kind="TrainingJob", status="Succeeded", start=2.5, seconds=5.0),),
        measurement=Measurement(metric="MSE", value=2000.0, threshold=4000.0),
    )
    return replace(base, **changes)


def test_hostile_text_stays_text_wherever_it_comes_from(report: Callable[..., Report]) -> None:
    summary = report(
        stack=HOSTILE,
        engine_version=HOSTILE,
        answers=[
            answer("my-own", [HOSTILE], (HOSTILE,)),
            answer("latest-approved", ["version", "by"], (1, HOSTILE)),
        ],
        executions=[execution(name=HOSTILE, failure_reason=HOSTILE)],
        deliveries=[
            Delivery.of({"commit": HOSTILE, "actions": [{"name": HOSTILE, "status": HOSTILE, "seconds": 1.0}]})
        ],
        messages=[Message(subject=HOSTILE, body=HOSTILE, seconds=0.1)],
        resources=[Resource(urn=f"urn:pulumi:local::p::aws:sns/topic:Topic::{HOSTILE}")],
        left={HOSTILE: 0},
    )
    page = Page(render(summary))
    assert page.count("script") == 0
    assert page.count("img") == 0
    assert page.count("style") == 1
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    assert page.text.count(HOSTILE) >= 10


@pytest.mark.slow
def test_the_page_asks_for_nothing_from_elsewhere(report: Callable[..., Report]) -> None:
    html = render(report(answers=[answer("approval-rate", RATE, ("2026-11", 1, 1, 0, 0))]))
    assert not re.search(r"url\(|@import|<script|<iframe", html)
    page = Page(html)
    sources = [
        v for _, attributes in page.elements for k, v in attributes.items() if k in {"src", "href", "xlink:href"}
    ]
    assert all(source and source.startswith(("#", "data:")) for source in sources)


def test_a_query_without_rows_says_that_there_is_no_data_yet(report: Callable[..., Report]) -> None:
    page = Page(render(report(answers=[answer("approval-rate", RATE)])))
    assert "No data yet" in page.text
    assert page.count("svg") == 0


def test_sections_that_the_links_name_are_there_and_ids_are_unique(report: Callable[..., Report]) -> None:
    for deliveries in ([], [Delivery.of({"commit": "4f1c2e9b7a6d5c3f", "actions": []})]):
        page = Page(render(report(deliveries=deliveries)))
        targets = [attributes["href"] or "" for tag, attributes in page.elements if tag == "a"]
        assert {target.removeprefix("#") for target in targets} <= set(page.ids())
        assert len(page.ids()) == len(set(page.ids()))
        assert ("deliveries" in page.ids()) is bool(deliveries)


def test_a_run_is_told_with_its_steps_and_what_its_model_was_judged_by(report: Callable[..., Report]) -> None:
    failed = execution(
        name="above",
        status="Failed",
        failure_reason="MSE is above the threshold",
        measurement=Measurement(metric="MSE", value=2000.0, threshold=1.0),
        steps=(Step(name="TooFarOff", kind="Fail", status="Failed", start=9.0, seconds=0.5),),
    )
    html = render(report(executions=[execution(), failed]))
    text = re.sub(r"\s+", " ", Page(html).text)
    assert "MSE 2,000 within the threshold of 4,000" in text
    assert "MSE 2,000 above the threshold of 1" in text
    assert "MSE is above the threshold" in text
    assert "left: 25.0%; width: 50.0%" in html
    assert "left: 90.0%; width: 5.0%" in html
    assert "1 of 2 within the threshold" in text


def test_a_step_that_never_began_has_no_bar(report: Callable[..., Report]) -> None:
    waiting = Step(name="Train", kind="", status="Starting")
    html = render(report(executions=[execution(steps=(waiting,), seconds=0.0)]))
    assert "<b style" not in html
    assert "Starting" in Page(html).text


@pytest.mark.parametrize(("left", "said"), [({"s3": 0, "sqs": 0}, "Nothing"), ({"s3": 2, "sqs": 1}, "3 things")])
def test_what_destroy_left_is_said(report: Callable[..., Report], left: dict[str, int], said: str) -> None:
    text = re.sub(r"\s+", " ", Page(render(report(left=left))).text)
    assert f"After destroy {said} that the stack made" in text
    assert f"left after destroy {sum(left.values())} 2 services looked through" in text
