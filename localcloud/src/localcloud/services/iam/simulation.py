"""The policy simulator: what policies decide of actions, without a request.

Source: IAM API reference, "SimulatePrincipalPolicy" and "SimulateCustomPolicy". Boundaries, resource policies and
context keys count; matched statements are not told, and the condition keys of a real request have to be handed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from localcloud.emulator.identity import Decision, Policies, serve_operation
from localcloud.http.errors import AwsError
from localcloud.http.paging import Page
from localcloud.iam.policy_documents import PolicyError, statements
from localcloud.iam.requests import members_of
from localcloud.layout import ACCOUNT

Parameters = Mapping[str, str]
_PAGE = 100
_DECISIONS: Mapping[Decision, str] = {"Allow": "allowed", "Deny": "explicitDeny", "ImplicitDeny": "implicitDeny"}


def add_operations() -> None:
    """Have the emulator's IAM simulate as AWS does."""
    serve_operation("SimulatePrincipalPolicy", _simulate_principal)
    serve_operation("SimulateCustomPolicy", _simulate_custom)


def _simulate_principal(parameters: Parameters) -> str:
    arn = parameters.get("PolicySourceArn", "")
    policies = Policies.of(arn, _documents(parameters, "PolicyInputList"), _boundary(parameters))
    if policies is None:
        raise AwsError("NoSuchEntity", f"{arn} cannot be found.", 404)
    caller = parameters.get("CallerArn", arn)
    return _Simulation(policies, parameters, caller).answer("SimulatePrincipalPolicyResult")


def _simulate_custom(parameters: Parameters) -> str:
    documents = _documents(parameters, "PolicyInputList")
    if not documents:
        raise AwsError("ValidationError", "PolicyInputList is required.")
    caller = parameters.get("CallerArn", "")
    if "ResourcePolicy" in parameters and not caller:
        raise AwsError("InvalidInput", "CallerArn is required when a resource policy is specified.")
    caller = caller or f"arn:aws:iam::{ACCOUNT}:user/simulated"
    policies = Policies(documents, _boundary(parameters))
    return _Simulation(policies, parameters, caller).answer("SimulateCustomPolicyResult")


@dataclass(frozen=True)
class _Simulation:
    policies: Policies
    parameters: Parameters
    caller_arn: str

    def answer(self, element: str) -> str:
        """Return the answer's element: what is decided of each action on each resource."""
        token, size = self.parameters.get("Marker"), int(self.parameters.get("MaxItems", _PAGE))
        page = Page.of([*self._results()], token, size)
        members = "".join(f"<member>{result}</member>" for result in page.items)
        marker = f"<Marker>{page.next_token}</Marker>" if page.next_token else ""
        is_truncated = str(page.next_token is not None).lower()
        return (
            f"<{element}><EvaluationResults>{members}</EvaluationResults>"
            f"<IsTruncated>{is_truncated}</IsTruncated>{marker}</{element}>"
        )

    def _results(self) -> Iterator[str]:
        actions = members_of(self.parameters, "ActionNames.member.{}")
        if not actions:
            raise AwsError("ValidationError", "ActionNames is required.")
        context = _context(self.parameters)
        known = {key.lower(): value for key, value in context.items()}
        region = str(known.get("aws:requestedregion", ""))
        missing = "".join(
            f"<member>{escape(key)}</member>" for key in sorted(self.policies.condition_keys - known.keys())
        )
        resource_policy = self.parameters.get("ResourcePolicy") and _document(self.parameters["ResourcePolicy"])
        for action in actions:
            for resource in members_of(self.parameters, "ResourceArns.member.{}") or ["*"]:
                decision = self.policies.decide(
                    action, resource, region, context, caller_arn=self.caller_arn, resource_policy=resource_policy
                )
                within = self.policies.within_boundary(action, resource, region, context, caller_arn=self.caller_arn)
                yield (
                    f"<EvalActionName>{escape(action)}</EvalActionName>"
                    f"<EvalResourceName>{escape(resource)}</EvalResourceName>"
                    f"<EvalDecision>{_DECISIONS[decision]}</EvalDecision>"
                    f"<MatchedStatements/><MissingContextValues>{missing}</MissingContextValues>{_boundary_detail(within)}"
                )


def _boundary_detail(within: bool | None) -> str:
    if within is None:
        return ""
    text = f"<AllowedByPermissionsBoundary>{str(within).lower()}</AllowedByPermissionsBoundary>"
    return f"<PermissionsBoundaryDecisionDetail>{text}</PermissionsBoundaryDecisionDetail>"


def _context(parameters: Parameters) -> dict[str, str | list[str]]:
    context: dict[str, str | list[str]] = {}
    for number, key in enumerate(members_of(parameters, "ContextEntries.member.{}.ContextKeyName"), 1):
        entry = f"ContextEntries.member.{number}"
        values = members_of(parameters, f"{entry}.ContextKeyValues.member.{{}}")
        is_list = parameters.get(f"{entry}.ContextKeyType", "").endswith("List")
        context[key] = values if is_list else "".join(values[:1])
    return context


def _boundary(parameters: Parameters) -> str | None:
    documents = _documents(parameters, "PermissionsBoundaryPolicyInputList")
    if len(documents) > 1:
        raise AwsError("InvalidInput", "Only one permissions boundary can be given.")
    return documents[0] if documents else None


def _documents(parameters: Parameters, name: str) -> Sequence[str]:
    return [_document(document) for document in members_of(parameters, f"{name}.member.{{}}")]


def _document(document: str) -> str:
    try:
        statements(document)
    except PolicyError as error:
        raise AwsError("InvalidInput", "The policy is not valid.") from error
    return document
