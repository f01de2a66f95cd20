"""Statements of IAM policies, and the names that the local stack's resources have."""

from collections.abc import Sequence
from typing import Any

from localcloud.layout import ACCOUNT

Statement = dict[str, Any]

NAMES = "*-local*"
"""Names of what stack `local` owns: `{project}-local-...`, and the pipeline `{project}-local` itself."""
DATABASES = "*_local_*"
"""Names of Glue databases, which have underscores for hyphens."""


def allow(actions: str, *resources: str, condition: Statement | None = None) -> Statement:
    """An Allow statement; `actions` reads `service:Action Action ...`."""
    service, _, names = actions.partition(":")
    statement: Statement = {
        "Effect": "Allow",
        "Action": [f"{service}:{name}" for name in names.split()],
        "Resource": list(resources),
    }
    return {**statement, "Condition": condition} if condition else statement


def document(statements: Sequence[Statement]) -> Statement:
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def pass_role(service: str, role: str = NAMES) -> Statement:
    """iam:PassRole to one service."""
    condition = {"StringEquals": {"iam:PassedToService": service}}
    return allow("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/{role}", condition=condition)
