"""The Verify stage, and `make verify STACK=...`: checks that what was deployed works."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import boto3
import yaml
from botocore.config import Config

from contract.notification_rules import notification_rules
from delivery.drift import drifted_resources
from delivery.environment import VerifyEnvironment
from delivery.job import DeliveryError, exit_code, log
from delivery.verification import declarations, findings, parts, resource_policies, roles, rules
from delivery.verification.caller import require_account
from delivery.verification.event_samples import event_samples
from delivery.verification.findings import Check
from delivery.verification.state import Deployed, NotDeployedError, outputs_of, resources_of
from delivery.workspace import PROGRAM, copy_of, exported
from messages.change_set import ResourceChange
from settings import StackSettings
from settings.load import InvalidSettingsError, read
from tools.toolchain.login import how_to_log_in, is_logged_in

# IAM's simulator is asked some hundred times, and takes few calls a second.
_RETRIES: Final = Config(connect_timeout=5, retries={"mode": "standard", "max_attempts": 10})
# The engine's, where the backend has no such stack.
_NO_STACK: Final = "no stack named"


def run(environment: VerifyEnvironment, session: boto3.session.Session, program: Path = PROGRAM) -> None:
    """Print a table of all checks; raise DeliveryError where one failed, or the stack's file is wrong."""
    settings = _settings(environment.stack, program)
    require_account(session, settings.deployment)

    def drifted(state: Callable[[], Mapping[str, Any]]) -> list[ResourceChange]:
        with copy_of(state, environment, program) as engine:
            return drifted_resources(engine.refresh_preview())

    with ThreadPoolExecutor(max_workers=2) as executor:
        state = executor.submit(_state, environment, program)
        # Beside the other checks, since it takes as long as they do.
        comparison = executor.submit(drifted, state.result)
        resources = state.result()["deployment"].get("resources") or []
        deployed = deployed_stack(
            resources, settings, session, drifted=comparison.result, is_upserted=environment.is_stage
        )
        results = findings.run(checks_of(deployed), deployed)
    log(findings.table(results))
    failed = [finding for finding in results if not finding.passed]
    if failed:
        count = findings.counted(len(failed), "check")
        raise DeliveryError(f"stack {environment.stack} does not work as deployed: {count} failed")


def _state(environment: VerifyEnvironment, program: Path) -> dict[str, Any]:
    """Return the exported state; raise DeliveryError where the stack is not deployed."""
    try:
        state = exported(environment, program)
        outputs_of(state["deployment"].get("resources") or [])
    except DeliveryError as error:
        if not isinstance(error, NotDeployedError) and _NO_STACK not in str(error):
            raise
        how = "pulumi up --stack local" if environment.stack == "local" else f"make up STACK={environment.stack}"
        raise DeliveryError(f"stack {environment.stack} is not deployed: `{how}`") from error
    return state


def checks_of(deployed: Deployed) -> Mapping[str, Check]:
    """Return the checks of what the stack has, by name; it may lack the KPIs and the delivery pipeline."""
    checks: dict[str, Check] = {
        "rules of the notifier": rules.rules,
        "events": rules.events,
        "notifier": parts.notifier,
        "dead-letter queues": parts.queues,
        "topic": parts.topic,
        "buckets": parts.buckets,
        "model package group": parts.registry,
        "ML pipeline": parts.pipeline,
        "trust of roles": roles.trust,
        "actions of roles": roles.actions,
        "permissions of roles": roles.permissions,
        "policies of resources": resource_policies.resource_policies,
        **declarations.conditions_of(deployed),
    }
    if "kpis" in deployed.outputs:
        checks["KPIs"] = parts.kpis
    if deployed.of_type(parts.PIPELINE):
        checks["delivery pipeline"] = parts.delivery_pipeline
    if deployed.of_type(parts.GOVERNED_LOCATION):
        checks["data lake administrators"] = parts.data_lake
    # Last: it waits for a comparison that goes on beside the others.
    checks["resources of the state"] = declarations.resources
    return checks


def _settings(stack: str, program: Path) -> StackSettings:
    try:
        return read(stack, program)
    except InvalidSettingsError as error:
        raise DeliveryError(str(error)) from error


def deployed_stack(
    state: Sequence[Mapping[str, Any]],
    settings: StackSettings,
    session: boto3.session.Session,
    *,
    drifted: Callable[[], Sequence[ResourceChange]],
    is_upserted: bool,
) -> Deployed:
    """Return the stack that the engine's state describes, with the rules and events that its settings declare."""
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in clients:
            clients[service] = session.client(service, config=_RETRIES)  # type: ignore[call-overload]
        return clients[service]

    return Deployed(
        deployment=settings.deployment,
        outputs=outputs_of(state),
        resources=resources_of(state),
        notification_rules=notification_rules(settings.deployment, settings.pipeline.name),
        events=event_samples(settings),
        clients=client,
        drifted=drifted,
        is_upserted=is_upserted,
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
    """Verify the stack that the environment names; raise DeliveryError where the Pulumi CLI is not logged in."""
    environment = VerifyEnvironment.from_environment()
    if not is_logged_in(os.environ):
        raise DeliveryError(how_to_log_in(environment.stack))
    run(environment, boto3.session.Session(region_name=region_of(environment)))


if __name__ == "__main__":
    sys.exit(exit_code(main))
