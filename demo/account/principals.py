"""The account that the demo and the tests work in: bootstrapped for stack `local`, with three users."""

import json
from pathlib import Path

from bootstrap import Target, apply
from demo.account.kpi_policies import analyst
from demo.account.policies import data_scientist, deployer
from demo.account.statements import NAMES, Statement, allow, document
from localcloud import Account, Backend, User
from localcloud.layout import ACCOUNT
from localcloud.server.clients import Clients

ROOT = Path(__file__).resolve().parents[2]
STACK = "local"
DEPLOYER = "deployer"
DATA_SCIENTIST = "data-scientist"
ANALYST = "analyst"
RELEASE_MANAGERS = "release-managers"
"""A role that the data scientist may assume; stack `local` names it as its approver."""


def prepare(clients: Clients, endpoint: str, region: str) -> Account:
    """Bootstrap stack `local` in the cloud's region, and create the role of its approvers.

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
    return Account(backend=backend, users=_users(backend, region), finish=_create_release_managers)


def _users(backend: Backend, region: str) -> tuple[User, ...]:
    # Whoever deploys also verifies, and that asks a query.
    deploying = (*deployer(backend, region), analyst(region))
    science = (data_scientist(region), [_assume(RELEASE_MANAGERS)])
    return (
        # On AWS somebody makes whoever deploys a data lake administrator once, in the account's settings.
        User(name=DEPLOYER, policies=_documents(*deploying), data_lake_administrator=True),
        User(name=DATA_SCIENTIST, policies=_documents(*science)),
        User(name=ANALYST, policies=_documents(analyst(region))),
    )


def _documents(*documents: list[Statement]) -> tuple[Statement, ...]:
    return tuple(document(statements) for statements in documents)


def _create_release_managers(clients: Clients) -> None:
    trust = {**allow("sts:AssumeRole"), "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/{DATA_SCIENTIST}"}}
    del trust["Resource"]
    iam = clients("iam")
    iam.create_role(RoleName=RELEASE_MANAGERS, AssumeRolePolicyDocument=json.dumps(document([trust])))
    statements = document([_assume(f"{NAMES}-approve")])
    iam.put_role_policy(RoleName=RELEASE_MANAGERS, PolicyName="approve", PolicyDocument=json.dumps(statements))


def _assume(role: str) -> Statement:
    return allow("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/{role}")
