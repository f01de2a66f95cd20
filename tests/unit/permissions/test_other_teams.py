"""The boundary on its own: a role that is allowed everything reaches nothing of others that AWS can protect.

The attempts come from the document: every action that the service authorization reference has for each service that the
boundary names, on resources of other teams and environments in the same account, as the local cloud decides on them.
"""

from __future__ import annotations

import itertools
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bootstrap import Target
from components.cicd.jobs import JOBS
from contract.names import APPROVER_ROLE
from localcloud.emulator.identity import Policies
from permissions.boundary import boundary_document
from permissions.managed import PASSED_ROLES
from permissions.policies import delivery_roles

from .service_reference import Action, expand, placeholders, services
from .unconfined import UNCONFINED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[3]
ACCOUNT, REGION = "123456789012", "eu-west-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/"
STATE_KEY = f"{KEY}11111111-2222-3333-4444-555555555555"
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
# What the names of the environment's own resources have in them.
OWN_NAMES = re.compile(r"abalone.dev|mlops-infra|1111-2222")
# Another team, another environment of the same project, and one whose name goes on without a hyphen.
OTHERS = (("churn", "prod"), ("abalone", "prod"), ("abalone", "dev2"))
OWN_TAGS = {"aws:ResourceTag/project": "abalone", "aws:ResourceTag/environment": "dev"}
# What whoever calls may choose.
REQUEST = {
    "aws:RequestTag/project": "abalone",
    "aws:RequestTag/environment": "dev",
    "cloudwatch:namespace": "/aws/sagemaker/TrainingJobs",
    "iam:PassedToService": "lambda.amazonaws.com",
    "iam:PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/abalone-dev-boundary",
}
# Placeholders that stand for a kind, not for a name.
KINDS = {"ConfigurationType"}


def role_arn(short_name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/abalone-dev-{short_name}"


@cache
def boundary() -> str:
    return json.dumps(boundary_document(Target.read("dev", ROOT).settings, STATE_KEY))


def may(action: str, arn: str, *, role: str = APPROVER_ROLE, **keys: Any) -> bool:
    """Whether a role that is allowed everything may do something; `keys` replace condition keys of the request."""
    context = {**REQUEST, **keys.get("context", {})}
    policies = Policies([EVERYTHING], keys.get("document", boundary()))
    return policies.decide(action, arn, REGION, context, caller_arn=role_arn(role)) == "Allow"


def allowed(document: str, element: str) -> set[str]:
    """The values of an element in all statements that allow something, without `*`."""
    statements = [statement for statement in json.loads(document)["Statement"] if statement["Effect"] == "Allow"]
    values = [statement.get(element, []) for statement in statements]
    return {value for listed in values for value in ([listed] if isinstance(listed, str) else listed)} - {"*"}


def services_of(document: str) -> list[str]:
    """The services that the document names in an action or a resource."""
    of_actions = {action.partition(":")[0] for action in allowed(document, "Action")}
    return sorted(of_actions | {arn.split(":")[2] for arn in allowed(document, "Resource")})


def statements_about(document: Mapping[str, Any], prefix: str) -> str:
    """The document with the statements that may apply to a service's actions, which decide as all of them do."""

    def may_apply(statement: Mapping[str, Any]) -> bool:
        actions = statement.get("Action", "*")
        named = {action.partition(":")[0] for action in ([actions] if isinstance(actions, str) else actions)}
        return prefix in named or any("*" in name or "?" in name for name in named)

    return json.dumps({**document, "Statement": [entry for entry in document["Statement"] if may_apply(entry)]})


def names_in(patterns: set[str]) -> list[str]:
    """Names that match the patterns: what is behind a resource's type, and what is behind its last slash."""
    resources = [pattern.split(":", 5)[5].replace("*", "x") for pattern in patterns]
    names = [re.split("[:/]", resource, maxsplit=1)[-1] for resource in resources]
    return sorted({*names, *(name.rpartition("/")[2] for name in names)} - {"x"})


def arn_of(template: str, names: Mapping[str, str]) -> str:
    values = {"Partition": "aws", "Region": REGION, "Account": ACCOUNT, **dict.fromkeys(KINDS, "x"), **names}
    return re.sub(r"\$\{(\w+)\}", lambda place: values[place[1]], template)


class Attempts:
    """Tries the actions of a service on resources of others, with and without tags and aliases on these."""

    def __init__(self, document: str, other: tuple[str, str], *, tagged: bool) -> None:
        project, environment = other
        self._document = json.loads(document)
        self._patterns = allowed(document, "Resource")
        prefix = f"{project}-{environment}"
        self._of_others = [f"{prefix}-x", f"{prefix}-x".replace("-", "_")]
        tags = {"aws:ResourceTag/project": project, "aws:ResourceTag/environment": environment}
        self._of_resource = {**tags, "kms:ResourceAliases": [f"alias/{prefix}"]} if tagged else {}

    def reached(self, prefix: str) -> set[str]:
        """The actions of a service that reach something of others."""
        patterns = {pattern for pattern in self._patterns if pattern.split(":")[2] == prefix}
        own_patterns = {pattern for pattern in patterns if OWN_NAMES.search(pattern)}
        # What is named neither by others nor by the environment is everybody's.
        names = (self._of_others, names_in(patterns - own_patterns), names_in(own_patterns))
        actions = services()[prefix].actions
        self._policies = Policies([EVERYTHING], statements_about(self._document, prefix))
        return {f"{prefix}:{name}" for name in actions if self._is_reached(f"{prefix}:{name}", actions[name], *names)}

    def _is_reached(self, name: str, action: Action, *names: Sequence[str]) -> bool:
        groups = [action.required, *((*action.required, template) for template in action.optional)]
        return any(self._reaches(name, group or ("*",), *names) for group in groups)

    def _reaches(
        self,
        action: str,
        templates: Sequence[str],
        others: Sequence[str],
        shared: Sequence[str],
        own_names: Sequence[str],
    ) -> bool:
        """Whether an action is allowed on resources of all these templates, one of which isn't the environment's."""
        chosen: list[dict[str, str]] = [{}]
        for template in templates:
            chosen = [
                names
                for before in chosen
                for names in further_names(before, template, [*others, *shared, *own_names])
                if self._may(action, arn_of(template, names))
            ]
        named = [[place for place in placeholders(template) if place not in KINDS] for template in templates]
        for names in chosen:
            values = [[names[place] for place in places] for places in named if places]
            if not values or any(
                # The first name is the owner's; what the environment names in something of everybody's is its own.
                first in others or (first in shared and not set(rest) & set(own_names))
                for first, *rest in values
            ):
                return True
        return False

    def _may(self, action: str, arn: str) -> bool:
        context = {**REQUEST, **({} if arn == "*" else self._of_resource)}
        decision = self._policies.decide(action, arn, REGION, context, caller_arn=role_arn(APPROVER_ROLE))
        return decision == "Allow"


def further_names(names: Mapping[str, str], template: str, values: Sequence[str]) -> Iterator[dict[str, str]]:
    places = [place for place in placeholders(template) if place not in names and place not in KINDS]
    for chosen in itertools.product(values, repeat=len(places)):
        yield {**names, **dict(zip(places, chosen, strict=True))}


@cache
def reached(document: str, other: tuple[str, str], *, tagged: bool) -> set[str]:
    attempts = Attempts(document, other, tagged=tagged)
    return {action for prefix in services_of(document) for action in attempts.reached(prefix)}


UNCONFINED_ACTIONS = [action for entry in UNCONFINED for action in entry.actions.split()]
# Tags or an alias protect a key from it.
OF_UNTAGGED = {"kms:TagResource"}


@pytest.mark.slow
@pytest.mark.parametrize("other", OTHERS)
def test_nothing_of_others_is_reached_but_what_aws_cannot_confine(other: tuple[str, str]) -> None:
    assert len(services_of(boundary())) > 20
    assert sorted(reached(boundary(), other, tagged=True) | OF_UNTAGGED) == sorted(UNCONFINED_ACTIONS)


@pytest.mark.slow
def test_keys_without_tags_and_alias_are_the_only_ones_that_may_be_tagged() -> None:
    assert reached(boundary(), OTHERS[0], tagged=False) - reached(boundary(), OTHERS[0], tagged=True) == OF_UNTAGGED


def with_statement(action: str, resource: str) -> str:
    document = json.loads(boundary())
    document["Statement"].append({"Effect": "Allow", "Action": [action], "Resource": [resource]})
    return json.dumps(document)


@pytest.mark.parametrize(
    ("action", "resource", "reached_action"),
    [
        ("kms:*", f"{KEY}*", "kms:Decrypt"),
        ("glue:*", f"arn:aws:glue:{REGION}:{ACCOUNT}:catalog", "glue:PutResourcePolicy"),
        ("quicksight:*", f"arn:aws:quicksight:{REGION}:{ACCOUNT}:*/abalone-dev-*", "quicksight:CreateIngestion"),
        ("sns:*Subscri*", "*", "sns:Subscribe"),
        # A service that the boundary does not have.
        ("kinesis:*", f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/*", "kinesis:DeleteStream"),
    ],
)
def test_a_statement_that_opens_something_of_others_is_found(action: str, resource: str, reached_action: str) -> None:
    document, service = with_statement(action, resource), action.partition(":")[0]
    assert service in services_of(document)
    assert reached_action in Attempts(document, OTHERS[0], tagged=True).reached(service)


def test_the_security_guide_has_the_same_table() -> None:
    guide = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    section = guide.partition("\n## What AWS can't confine\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    assert rows == [[" ".join(f"`{name}`" for name in actions.split()), reason] for actions, reason in UNCONFINED]


def test_buckets_of_another_account_are_refused_under_the_environments_own_names() -> None:
    bucket = "arn:aws:s3:::abalone-dev-data-x"
    condition = f'"aws:ResourceAccount": "{ACCOUNT}"'
    # The bucket is this account's; so the document of another one sees somebody else's.
    of_another_account = boundary().replace(condition, condition.replace(ACCOUNT, "999999999999"))
    for arn in (bucket, f"{bucket}/key"):
        actions = {action for action in expand("s3:*") if may(action, arn)}
        assert len(actions) > 100
        assert [action for action in actions if may(action, arn, document=of_another_account)] == []


def test_images_come_from_the_registry_of_aws_alone() -> None:
    repository = f"arn:aws:ecr:{REGION}:{{}}:repository/sagemaker-xgboost"
    assert may("ecr:BatchGetImage", repository.format("141502667606"))
    assert not may("ecr:BatchGetImage", repository.format("999999999999"))
    assert not may("ecr:BatchGetImage", repository.format(ACCOUNT))


def test_metrics_are_published_where_sagemakers_jobs_report_to_and_nowhere_else() -> None:
    assert may("cloudwatch:PutMetricData", "*", context={"cloudwatch:namespace": "aws/sagemaker/Endpoints"})
    assert not may("cloudwatch:PutMetricData", "*", context={"cloudwatch:namespace": "Churn"})


def test_the_stacks_key_may_be_managed_and_the_key_of_the_state_only_used() -> None:
    on_keys = {f"kms:{name}" for name, action in services()["kms"].actions.items() if action.required}
    of_state = {
        **OWN_TAGS,
        "aws:ResourceTag/mlops-infra:bootstrap": "alias/abalone-dev-state",
        "kms:ResourceAliases": ["alias/abalone-dev-state"],
    }
    using = {"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"}
    assert {action for action in on_keys if may(action, STATE_KEY, context=of_state)} == using
    assert {action for action in on_keys if may(action, f"{KEY}own", context=OWN_TAGS)} == on_keys
    alias = f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/abalone-dev"
    assert may("kms:DeleteAlias", alias)
    assert not may("kms:DeleteAlias", f"{alias}-state")


def test_a_key_is_created_and_tagged_with_the_projects_own_tags_only() -> None:
    for action, arn in (("kms:CreateKey", "*"), ("kms:TagResource", f"{KEY}new")):
        assert may(action, arn)
        assert not may(action, arn, context={"aws:RequestTag/project": "churn"})
    assert not may("kms:TagResource", f"{KEY}x", context={"kms:ResourceAliases": ["alias/x"]})
    assert not may("kms:TagResource", f"{KEY}x", context={**OWN_TAGS, "aws:ResourceTag/environment": "prod"})


def test_the_approver_alone_approves() -> None:
    roles = {*PASSED_ROLES, *delivery_roles([job.name for job in JOBS]), APPROVER_ROLE}
    action = f"arn:aws:codepipeline:{REGION}:{ACCOUNT}:abalone-dev-delivery/Approve/Approve"
    assert len(roles) > 10
    assert {role for role in roles if may("codepipeline:PutApprovalResult", action, role=role)} == {APPROVER_ROLE}
