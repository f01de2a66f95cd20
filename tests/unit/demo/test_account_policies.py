"""The policies of the demo's users, against the service authorization reference."""

import importlib.util
import json
from pathlib import Path
from typing import Any

from demo.account import kpi_policies, policies
from demo.account.statements import document as policy_document
from localcloud import Backend

BACKEND = Backend(
    bucket="state",
    key_arn="arn:aws:kms:us-east-1:123456789012:key/k",
    backend_url="s3://state",
    secrets_provider="awskms://k",
)


def reference() -> dict[str, dict[str, Any]]:
    """The service authorization reference by service prefix, as a package of the development tools ships it."""
    parliament = importlib.util.find_spec("parliament")
    assert parliament
    assert parliament.origin
    services = json.loads(Path(parliament.origin).with_name("iam_definition.json").read_text(encoding="utf-8"))
    return {service["prefix"]: service for service in services}


REFERENCE = reference()


def resource_types(action: str) -> set[str]:
    """The resource types of an action; required ones end with `*`, '' means none."""
    prefix, _, name = action.partition(":")
    privileges = {privilege["privilege"]: privilege for privilege in REFERENCE[prefix]["privileges"]}
    return {resource["resource_type"] for resource in privileges[name]["resource_types"]}


def statements() -> list[dict[str, Any]]:
    deployer = policies.deployer(BACKEND, "us-east-1")
    others = [*policies.data_scientist("us-east-1"), *kpi_policies.analyst("us-east-1")]
    return [*(s for document in deployer for s in document), *others]


def test_the_principals_policies_name_only_actions_that_exist() -> None:
    for statement in statements():
        for action in statement["Action"]:
            assert "*" not in action
            resource_types(action)


def test_a_star_resource_stands_only_where_no_resource_type_exists() -> None:
    for statement in statements():
        if statement["Resource"] == ["*"]:
            for action in statement["Action"]:
                assert not any(kind.endswith("*") for kind in resource_types(action)), action


def test_policy_documents_fit_into_managed_policies() -> None:
    for document in policies.deployer(BACKEND, "us-east-1"):
        text = json.dumps(policy_document(document), separators=(",", ":"))
        assert len(text) <= 6144, "IAM quotas: a managed policy has at most 6,144 characters without white space"
