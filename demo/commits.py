"""The commits of the demo: the first, one that changes the delivery pipeline itself, one that adds a subscriber."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


def deliver_first(delivery: Delivery, commit: str) -> str:
    """Deliver the first commit; return what its upsert did; raise DemoError where it was delivered more than once."""
    entries = _expect(delivery.follow(commit, "The first commit"), executions=1)
    return _upserted(delivery, entries)


def deliver_changes(delivery: Delivery, checkout: Checkout) -> str:
    """Deliver two more commits; return what the upsert of the last did.

    Raises:
        DemoError: the delivery pipeline did not update itself exactly once, or did so where nothing of it had changed.
    """
    checkout.replace(PIPELINE_FILE, QUESTION, NEW_QUESTION)
    commit = checkout.push("Ask approvers a question")
    entries = delivery.follow(
        commit, "A commit that changes the delivery pipeline, which updates itself and starts again"
    )
    _expect(entries, executions=2)

    def one_more_subscriber(config: dict[str, Any]) -> None:
        config[_NOTIFICATIONS]["emails"].append(_NEW_SUBSCRIBER)

    checkout.edit(one_more_subscriber)
    commit = checkout.push("Tell the product owner, too")
    return _upserted(delivery, _expect(delivery.follow(commit, "A commit that adds a subscriber"), executions=1))


def _upserted(delivery: Delivery, entries: list[dict[str, Any]]) -> str:
    return delivery.output(entries[-1], "Upsert", "PIPELINE_ACTION")


def _expect(entries: list[dict[str, Any]], *, executions: int) -> list[dict[str, Any]]:
    if len(entries) != executions:
        statuses = ", ".join(f"{entry['execution_id']} {entry['status']}" for entry in entries)
        raise DemoError(f"expected {executions} executions of {entries[0]['commit']}, there were {statuses}")
    return entries
