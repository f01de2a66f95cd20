"""All checks of a stack."""

from collections.abc import Mapping

from delivery.verification import parts, resource_policies, roles, rules
from delivery.verification.findings import Check
from delivery.verification.state import Deployed


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
    }
    if "kpis" in deployed.outputs:
        checks["KPIs"] = parts.kpis
    if deployed.of_type(parts.GOVERNED_LOCATION):
        checks["data lake administrators"] = parts.data_lake
    if deployed.of_type(parts.PIPELINE):
        checks["delivery pipeline"] = parts.delivery_pipeline
    return checks
