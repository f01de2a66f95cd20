"""Verification as the delivery pipeline's stage runs it: a process with the credentials of the role for it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from demo.account import ROOT

from .borrowed import credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .conftest import Project


def verify(project: Project, **variables: str) -> subprocess.CompletedProcess[str]:
    # They stay valid when the role's trust is as deployed again, which verification looks at.
    with credentials(project, "abalone-local-verify") as temporary:
        of_role = {
            "AWS_ACCESS_KEY_ID": temporary["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": temporary["SecretAccessKey"],
            "AWS_SESSION_TOKEN": temporary["SessionToken"],
        }
    return run(project, {**of_role, **variables})


def run(project: Project, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Verification with the credentials of the deployer, or with those that the variables hold."""
    return subprocess.run(
        [sys.executable, "-m", "delivery.verify"],
        cwd=ROOT,
        env={**project.cloud.environment(), "STACK": project.stack, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def failures(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in done.stdout.splitlines() if line.startswith("FAIL")]
