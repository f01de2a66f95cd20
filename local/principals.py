"""The local cloud's IAM users: who deploys, who works with the models, and who reads their KPIs."""

import json

from local.backend import Backend
from local.cloud.clients import Clients
from local.cloud.keys import AccessKey
from local.kpi_policies import analyst
from local.layout import ACCOUNT
from local.policies import data_scientist, deployer
from local.statements import NAMES, Statement, allow, document

DEPLOYER = "deployer"
DATA_SCIENTIST = "data-scientist"
ANALYST = "analyst"
RELEASE_MANAGERS = "release-managers"
"""A role that the data scientist may take on; stack `local` names it as its approver."""


def create_principals(clients: Clients, backend: Backend, region: str) -> dict[str, AccessKey]:
    """Creates the users with their policies; an access key for each."""
    keys = {
        # Whoever deploys also verifies, and that asks a query.
        DEPLOYER: _user(clients, DEPLOYER, [*deployer(backend, region), analyst(region)]),
        DATA_SCIENTIST: _user(clients, DATA_SCIENTIST, [data_scientist(region), [_take_on(RELEASE_MANAGERS)]]),
        ANALYST: _user(clients, ANALYST, [analyst(region)]),
    }
    _release_managers(clients)
    # On AWS somebody makes whoever deploys a data lake administrator once, in the account's settings.
    admins = (f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{ACCOUNT}:user/{DEPLOYER}")
    settings = {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": arn} for arn in admins]}
    clients("lakeformation").put_data_lake_settings(DataLakeSettings=settings)
    return keys


def _release_managers(clients: Clients) -> None:
    trust = {**allow("sts:AssumeRole"), "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/{DATA_SCIENTIST}"}}
    del trust["Resource"]
    iam = clients("iam")
    iam.create_role(RoleName=RELEASE_MANAGERS, AssumeRolePolicyDocument=json.dumps(document([trust])))
    statements = document([_take_on(f"{NAMES}-approve")])
    iam.put_role_policy(RoleName=RELEASE_MANAGERS, PolicyName="approve", PolicyDocument=json.dumps(statements))


def _take_on(role: str) -> Statement:
    return allow("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/{role}")


def _user(clients: Clients, name: str, documents: list[list[Statement]]) -> AccessKey:
    iam = clients("iam")
    iam.create_user(UserName=name)
    for number, statements in enumerate(documents, 1):
        policy = f"{name}-{number}"
        iam.create_policy(PolicyName=policy, PolicyDocument=json.dumps(document(statements)))
        iam.attach_user_policy(UserName=name, PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/{policy}")
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return AccessKey(key["AccessKeyId"], key["SecretAccessKey"])
