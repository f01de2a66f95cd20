"""The account that the demo and the tests work in: bootstrapped for stack `local`, with three users."""

import json
from collections.abc import Iterable

from bootstrap import Target, apply
from contract.arns import Arn
from contract.names import APPROVER_ROLE
from demo import ROOT
from localcloud import Account, Backend, User
from localcloud.clients import Clients
from localcloud.layout import ACCOUNT
from permissions.people import policies_of_analyst, policies_of_data_scientist, policies_of_deployer
from permissions.statements import Document, allow, document

STACK = "local"
DEPLOYER = "deployer"
DATA_SCIENTIST = "data-scientist"
ANALYST = "analyst"
RELEASE_MANAGERS = "release-managers"
"""A role that the data scientist may assume; stack `local` names it as its approver."""


def prepare(clients: Clients, endpoint: str, region: str) -> Account:
    """Bootstrap stack `local` in the cloud's region, with the users who work with it.

    Raises:
        BootstrapError: the stack file is wrong.
    """
    target = Target.read(STACK, ROOT).in_region(region)
    for _ in apply(clients, target):
        pass
    deployment = target.deployment
    alias = deployment.secrets_alias
    key_arn = clients("kms").describe_key(KeyId=alias)["KeyMetadata"]["Arn"]
    backend = Backend.of(endpoint, region, bucket=deployment.state_bucket, alias=alias, key_arn=key_arn)
    settings = target.settings
    science = [*policies_of_data_scientist(settings), _may_assume(RELEASE_MANAGERS)]
    users = (
        # On AWS somebody makes whoever deploys a data lake administrator once, in the account's settings.
        User(name=DEPLOYER, policies=tuple(policies_of_deployer(settings)), data_lake_administrator=True),
        User(name=DATA_SCIENTIST, policies=tuple(science)),
        User(name=ANALYST, policies=tuple(policies_of_analyst(settings))),
    )
    approver = deployment.name(APPROVER_ROLE)
    _register_dashboard_principals(clients, settings.kpis.quick_sight.principals.values())
    return Account(backend=backend, users=users, finish=lambda clients: _create_release_managers(clients, approver))


def iam_arn(resource: str) -> str:
    """Return the ARN of a user or a role of the local cloud's account, such as `role/release-managers`."""
    return str(Arn(partition="aws", service="iam", region="", account_id=ACCOUNT, resource=resource))


def _register_dashboard_principals(clients: Clients, arns: Iterable[str]) -> None:
    """Subscribe the account to QuickSight, with the users and groups that the stack file names."""
    quicksight, account = clients("quicksight"), {"AwsAccountId": ACCOUNT}
    quicksight.create_account_subscription(
        **account,
        Edition="ENTERPRISE",
        AuthenticationMethod="IAM_AND_QUICKSIGHT",
        AccountName="demo",
        NotificationEmail="administrator@example.com",
    )
    for arn in arns:
        kind, namespace, name = Arn.parse(arn).resource.split("/", 2)
        place = {**account, "Namespace": namespace}
        if kind == "group":
            quicksight.create_group(GroupName=name, **place)
        else:
            email = f"{name}@example.com"
            quicksight.register_user(UserName=name, IdentityType="QUICKSIGHT", UserRole="READER", Email=email, **place)


def _create_release_managers(clients: Clients, approver: str) -> None:
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": iam_arn(f"user/{DATA_SCIENTIST}")},
        "Action": "sts:AssumeRole",
    }
    trust_document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam = clients("iam")
    iam.create_role(RoleName=RELEASE_MANAGERS, AssumeRolePolicyDocument=trust_document)
    iam.put_role_policy(
        RoleName=RELEASE_MANAGERS, PolicyName="approve", PolicyDocument=json.dumps(_may_assume(approver))
    )


def _may_assume(role: str) -> Document:
    return document([allow("Assume", ["sts:AssumeRole"], [iam_arn(f"role/{role}")])])
