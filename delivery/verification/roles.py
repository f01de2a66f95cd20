"""Checks of the stack's roles: each can be assumed by whom it is for, and may do its own work."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypedDict

from contract.arns import Arn
from delivery.verification.findings import Finding, counted, failed, first_of, passed
from delivery.verification.policy_evaluation import Document, as_list, decide, services_of
from delivery.verification.state import Deployed, Resource
from delivery.verification.uses import (
    ROLE,
    Permission,
    Use,
    declared_permissions,
    declared_policies,
    needed_permissions,
    roles_in_use,
)

_UNKNOWN_ACTIONS: Final = frozenset({"INVALID_ACTION", "INVALID_SERVICE_IN_ACTION"})


def trust(deployed: Deployed) -> Iterator[Finding]:
    """Check that each role, as deployed, can be assumed by the services whose resources name it, and by no other."""
    iam, working = deployed.clients("iam"), 0
    for arn, uses in sorted(roles_in_use(deployed).items()):
        name = _name(arn)
        # boto3 answers with the document, where the API has it as encoded text.
        policy = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        problem = _trust_problem(policy, uses)
        if problem is None:
            working += 1
        else:
            expected = sorted({use.request.principal for use in uses}) or ["no service, since no resource names it"]
            yield failed(f"trust of {name}", ", ".join(expected), problem)
    if working:
        yield passed(f"trust of {counted(working, 'role')}", "can be assumed by those who use them")


def _trust_problem(policy: Document, uses: Sequence[Use]) -> str | None:
    services, users = services_of(policy), {use.request.principal for use in uses}
    if services != users:
        return ", ".join(sorted(services)) or "no service"
    refused = [use for use in uses if decide(policy, use.request) != "allowed"]
    return f"refused to {refused[0].request.principal} for {refused[0].for_resource}" if refused else None


def permissions(deployed: Deployed) -> Iterator[Finding]:
    """Check by IAM's simulator that each role, as deployed, may do what its policies declare and its users need.

    The simulator takes the role's boundary and the organization's policies into account.
    """
    iam, needed, working = deployed.clients("iam"), needed_permissions(deployed), 0
    for role in sorted(deployed.of_type(ROLE), key=lambda role: role.text("name")):
        asked = _merged([*declared_permissions(deployed, role), *needed[role.text("arn")]])
        refusals = [refusal for permission in asked for refusal in _refusals(iam, deployed, role, permission)]
        if refusals:
            yield failed(f"permissions of {role.text('name')}", "allowed", first_of(refusals))
        else:
            working += 1
    if working:
        yield passed(f"permissions of {counted(working, 'role')}", "may do their own work")


def _merged(permissions: Iterable[Permission]) -> list[Permission]:
    """Return permissions of which no two differ in their actions only: each takes a request, and IAM limits how many.

    Actions keep their order, and are named once.
    """
    merged: dict[tuple[frozenset[str], str], Permission] = {}
    for permission in permissions:
        key = frozenset(permission.resources), json.dumps(permission.conditions, sort_keys=True)
        earlier = merged.get(key)
        named = (*(earlier.actions if earlier else ()), *permission.actions)
        merged[key] = replace(permission, actions=tuple(dict.fromkeys(named)))
    return list(merged.values())


def actions(deployed: Deployed) -> Iterator[Finding]:
    """Check by IAM Access Analyzer that the roles' policies name actions which exist: IAM takes any, and allows none.

    Of its checks ("Access Analyzer policy check reference", IAM User Guide) only these are about what never works.
    """
    analyzer, roles_of_document = deployed.clients("accessanalyzer"), _roles_of_documents(deployed)
    wrong: dict[str, list[str]] = {}
    for document, names in roles_of_document.items():
        pages = analyzer.get_paginator("validate_policy").paginate(
            policyDocument=document, policyType="IDENTITY_POLICY"
        )
        for finding in (finding for page in pages for finding in page["findings"]):
            if finding["issueCode"] in _UNKNOWN_ACTIONS:
                for name in names:
                    wrong.setdefault(name, []).append(finding["findingDetails"])
    for name, details in sorted(wrong.items()):
        yield failed(f"actions of {name}", "actions that exist", first_of(details))
    right = {name for names in roles_of_document.values() for name in names} - set(wrong)
    if right:
        yield passed(f"actions of {counted(len(right), 'role')}", "exist")


def _roles_of_documents(deployed: Deployed) -> dict[str, list[str]]:
    """Return the names of the roles that have each policy document."""
    roles: dict[str, list[str]] = {}
    for role in deployed.of_type(ROLE):
        for document in declared_policies(deployed, role):
            roles.setdefault(document, []).append(role.text("name"))
    return roles


class ContextEntry(TypedDict):
    """A condition key of a simulated request."""

    ContextKeyName: str
    ContextKeyValues: list[str]
    ContextKeyType: str


def _refusals(iam: Any, deployed: Deployed, role: Resource, permission: Permission) -> Iterator[str]:
    pages = iam.get_paginator("simulate_principal_policy").paginate(
        PolicySourceArn=role.text("arn"),
        ActionNames=list(permission.actions),
        ResourceArns=[_example(resource, deployed.deployment.account_id) for resource in permission.resources],
        ContextEntries=_request_entries(deployed, role, permission),
    )
    for page in pages:
        for result in page["EvaluationResults"]:
            yield from _refusals_of_result(result)


def _request_entries(deployed: Deployed, role: Resource, permission: Permission) -> list[ContextEntry]:
    """Return the condition keys of a request and those of the boundary: the caller, the tags of the stack's key."""
    entries = context_entries(permission.conditions)
    by_boundary = {
        "aws:PrincipalArn": role.text("arn"),
        "aws:ResourceTag/environment": deployed.deployment.environment,
        "aws:ResourceTag/project": deployed.deployment.project,
    }
    missing = by_boundary.keys() - {entry["ContextKeyName"] for entry in entries}
    return [
        *entries,
        *(
            ContextEntry(ContextKeyName=key, ContextKeyValues=[by_boundary[key]], ContextKeyType="string")
            for key in sorted(missing)
        ),
    ]


def _refusals_of_result(result: Mapping[str, Any]) -> Iterator[str]:
    """Yield what one action is refused; on several resources each has a decision of its own."""
    of_resources = result.get("ResourceSpecificResults") or []
    decisions = {item["EvalResourceName"]: item["EvalResourceDecision"] for item in of_resources} or {
        result.get("EvalResourceName", "*"): result["EvalDecision"]
    }
    for resource, decision in decisions.items():
        if decision != "allowed":
            yield f"{result['EvalActionName']} on {resource}: {decision}{_cause(result)}"


def _cause(result: Mapping[str, Any]) -> str:
    if not result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary", True):
        return " by the permissions boundary"
    if not result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True):
        return " by the organization"
    return ""


def context_entries(conditions: Mapping[str, Mapping[str, object]]) -> list[ContextEntry]:
    """Return condition keys with which a request meets a statement's conditions."""
    entries: list[ContextEntry] = []
    for operator, keys in conditions.items():
        if operator == "Null":
            continue  # the program's only say that a key has to be missing
        for key, expected in keys.items():
            several = operator.startswith(("ForAnyValue:", "ForAllValues:"))
            kind = "boolean" if operator.removesuffix("IfExists") == "Bool" else "string"
            value = _without_wildcards(as_list(expected)[0])
            entries.append(
                ContextEntry(
                    ContextKeyName=key, ContextKeyValues=[value], ContextKeyType=f"{kind}List" if several else kind
                )
            )
    return entries


def _example(pattern: str, account_id: str) -> str:
    """Return the ARN of one resource that is like the pattern."""
    if pattern == "*":
        return pattern
    arn = Arn.parse(pattern)
    account = account_id if arn.account_id == "*" else arn.account_id
    return _without_wildcards(f"arn:{arn.partition}:{arn.service}:{arn.region}:{account}:{arn.resource}")


def _without_wildcards(pattern: str) -> str:
    return re.sub(r"[*?]", "x", pattern)


def _name(role_arn: str) -> str:
    return role_arn.rpartition("/")[2]
