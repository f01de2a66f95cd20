"""The commits of the demo: the first, one that changes the delivery pipeline itself, one that adds a subscriber."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contract.names import DEPLOY_STAGE, UPSERT_STAGE
from demo import DemoError
from demo.checkout import Checkout
from demo.delivery import Delivery
from demo.people import Person

REPOSITORY = "mlops-infra"
_NOTIFICATIONS = "mlops-infra:notifications"
_NEW_SUBSCRIBER = "product-owner@example.com"
# What the approver reads, in the delivery pipeline's definition.
PIPELINE_FILE = "components/cicd/pipeline.py"
QUESTION, NEW_QUESTION = "Read the report first.", "Read the report, then decide."


def first(administrator: Person, folder: Path) -> tuple[Checkout, str]:
    """Create the repository that is delivered, and push this program; return a clone of it and its first commit."""
    repository = administrator("codecommit").create_repository(repositoryName=REPOSITORY)["repositoryMetadata"]
    checkout = Checkout.of_this_repository(folder, repository["cloneUrlHttp"], administrator.environment)
    return checkout, checkout.push("Begin")


def deliver_first(delivery: Delivery, commit: str) -> None:
    """Take the first commit to where the ML pipeline exists; its execution goes on and verifies the deployment."""
    delivery.reach(commit, UPSERT_STAGE, "The first commit")


def deliver_changes(delivery: Delivery, checkout: Checkout, first_commit: str) -> tuple[str, str]:
    """Deliver two more commits, each pushed while the one before is not over yet.

    None is approved before the one before is over. Returns what the upserts of the first and of the last commit did.

    Raises:
        DemoError: the delivery pipeline did not update itself exactly once, or did so where nothing of it had changed,
            or took the first commit more than once.
    """
    checkout.replace(PIPELINE_FILE, QUESTION, NEW_QUESTION)
    self_updating = checkout.push("Ask approvers a question")
    first_entries = _expect(delivery.follow(first_commit, "The first commit, to the end"), executions=1)
    delivery.reach(
        self_updating,
        DEPLOY_STAGE,
        "A commit that changes the delivery pipeline, which updates itself and starts again",
    )

    def one_more_subscriber(config: dict[str, Any]) -> None:
        config[_NOTIFICATIONS]["emails"].append(_NEW_SUBSCRIBER)

    checkout.edit(one_more_subscriber)
    last = checkout.push("Tell the product owner, too")
    _expect(delivery.follow(self_updating, "That commit, to the end"), executions=2)
    last_entries = _expect(delivery.follow(last, "A commit that adds a subscriber"), executions=1)
    return _upserted(delivery, first_entries), _upserted(delivery, last_entries)


def _upserted(delivery: Delivery, entries: list[dict[str, Any]]) -> str:
    return delivery.output(entries[-1], UPSERT_STAGE, "PIPELINE_ACTION")


def _expect(entries: list[dict[str, Any]], *, executions: int) -> list[dict[str, Any]]:
    if len(entries) != executions:
        statuses = ", ".join(f"{entry['execution_id']} {entry['status']}" for entry in entries)
        raise DemoError(f"expected {executions} executions of {entries[0]['commit']}, there were {statuses}")
    return entries
