"""The Verify stage, and `make verify STACK=...`: does what was deployed work?"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import yaml

from delivery import acceptance, checks
from delivery.checks import Deployed
from delivery.engine import say
from delivery.errors import DeliveryError, exit_code
from delivery.settings import VerifySettings
from delivery.workspace import PROGRAM, exported


def run(settings: VerifySettings, session: boto3.session.Session, program: Path = PROGRAM) -> None:
    """Prints a table; raises DeliveryError where a check failed."""
    state = exported(settings, program)["deployment"].get("resources") or []
    deployed = deployed_stack(state, session)
    findings = checks.run(acceptance.of(deployed), deployed)
    say(checks.table(findings))
    wrong = [found for found in findings if not found.right]
    if wrong:
        count = "1 check" if len(wrong) == 1 else f"{len(wrong)} checks"
        raise DeliveryError(f"stack {settings.stack} does not work as deployed: {count} failed")


def deployed_stack(resources: list[dict[str, Any]], session: boto3.session.Session) -> Deployed:
    """The stack in the engine's state; secret outputs stay encrypted, no check needs one."""
    outputs: Mapping[str, Any] = {}
    created: dict[str, set[str]] = {}
    for resource in resources:
        if resource["type"] == "pulumi:pulumi:Stack":
            outputs = resource.get("outputs") or {}
        elif resource.get("custom") and not resource.get("external"):
            created.setdefault(resource["type"], set()).add(str(resource.get("id")))
    if not outputs:
        raise DeliveryError("the stack has no outputs: it was never deployed, or destroyed")
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        return clients.setdefault(service, session.client(service))  # type: ignore[call-overload]

    return Deployed(outputs=outputs, created={kind: frozenset(ids) for kind, ids in created.items()}, clients=client)


def region_of(settings: VerifySettings, program: Path = PROGRAM) -> str:
    """The region of the environment, else the one in the stack's file; raises DeliveryError where there is none."""
    if settings.region:
        return settings.region
    source = program / f"Pulumi.{settings.stack}.yaml"
    content = yaml.safe_load(source.read_text(encoding="utf-8")) if source.exists() else None
    region = ((content or {}).get("config") or {}).get("aws:region")
    if not region:
        raise DeliveryError(f"AWS_REGION: not given, and {source.name} has no aws:region")
    return str(region)


def main() -> None:
    """Verifies the stack that the environment names."""
    settings = VerifySettings.from_environment()
    run(settings, boto3.session.Session(region_name=region_of(settings)))


if __name__ == "__main__":
    sys.exit(exit_code(main))
