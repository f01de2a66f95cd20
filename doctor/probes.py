"""What an examination looks at: one probe for each part of the account that the stack needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pulumi

from doctor import account, prerequisites
from doctor.examination import Examination, Finding, Probe, lacking, ok
from doctor.names import names
from doctor.program import planned


def probes(stack: str, directory: Path) -> dict[str, Probe]:
    """Return the probes of an account, by what each looks at."""

    def program(examination: Examination) -> Iterator[Finding]:
        try:
            resources = planned(stack, directory)
        except pulumi.RunError as error:
            yield lacking("program", str(error), "correct what it says")
            return
        yield ok("program", f"registers {len(resources)} resources")
        yield from names(examination, resources)

    return {
        "bootstrap": account.bootstrap,
        "source": prerequisites.source,
        "QuickSight": prerequisites.quicksight,
        "chat": prerequisites.chat,
        "Lake Formation": prerequisites.lake_formation,
        "names": program,
        "e-mail subscriptions": prerequisites.mail,
        "Lambda concurrency": account.concurrency,
        "quotas": account.service_quotas,
    }
