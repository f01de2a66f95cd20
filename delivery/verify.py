"""The Verify stage, and `make verify STACK=...`: checks that what was deployed works."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
import yaml

from contract.notification_rules import NotificationRule, notification_rules
from delivery import acceptance, checks
from delivery.checks import Deployed
from delivery.environment import VerifyEnvironment
from delivery.job import DeliveryError, exit_code, log
from delivery.workspace import PROGRAM, exported
from settings.load import InvalidSettingsError, read


def run(environment: VerifyEnvironment, session: boto3.session.Session, program: Path = PROGRAM) -> None:
    """Print a table of all checks; raise DeliveryError where one failed, or the stack's file is wrong."""
    declared = _declared_rules(environment.stack, program)
    state = exported(environment, program)["deployment"].get("resources") or []
    deployed = deployed_stack(state, declared, session)
    findings = checks.run(acceptance.checks_of(deployed), deployed)
    log(checks.table(findings))
    failed = [finding for finding in findings if not finding.passed]
    if failed:
        count = "1 check" if len(failed) == 1 else f"{len(failed)} checks"
        raise DeliveryError(f"stack {environment.stack} does not work as deployed: {count} failed")


def _declared_rules(stack: str, program: Path) -> tuple[NotificationRule, ...]:
    try:
        settings = read(stack, program)
    except InvalidSettingsError as error:
        raise DeliveryError(str(error)) from error
    return notification_rules(settings.deployment, settings.pipeline.name)


def deployed_stack(
    resources: list[dict[str, Any]], declared: Sequence[NotificationRule], session: boto3.session.Session
) -> Deployed:
    """Return the stack that the engine's state describes; secret outputs stay encrypted, no check needs one."""
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

    return Deployed(
        outputs=outputs,
        created={kind: frozenset(ids) for kind, ids in created.items()},
        notification_rules=declared,
        clients=client,
    )


def region_of(environment: VerifyEnvironment, program: Path = PROGRAM) -> str:
    """Return the environment's region, else the one in the stack's file; raise DeliveryError where there is none."""
    if environment.region:
        return environment.region
    source = program / f"Pulumi.{environment.stack}.yaml"
    content = yaml.safe_load(source.read_text(encoding="utf-8")) if source.exists() else None
    region = ((content or {}).get("config") or {}).get("aws:region")
    if not region:
        raise DeliveryError(f"AWS_REGION: not given, and {source.name} has no aws:region")
    return str(region)


def main() -> None:
    """Verify the stack that the environment names."""
    environment = VerifyEnvironment.from_environment()
    run(environment, boto3.session.Session(region_name=region_of(environment)))


if __name__ == "__main__":
    sys.exit(exit_code(main))
