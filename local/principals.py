"""The local cloud's IAM users: who deploys, and who works with the models."""

import json

from local.backend import Backend
from local.cloud.clients import Clients
from local.cloud.keys import AccessKey
from local.delivery_policy import delivery
from local.layout import ACCOUNT
from local.policies import Statement, data_scientist, deployer, document

DEPLOYER = "deployer"
DATA_SCIENTIST = "data-scientist"


def create_principals(clients: Clients, backend: Backend, region: str) -> dict[str, AccessKey]:
    """Creates the users with their policies; an access key for each."""
    return {
        DEPLOYER: _user(clients, DEPLOYER, [*deployer(backend, region), delivery(region)]),
        DATA_SCIENTIST: _user(clients, DATA_SCIENTIST, [data_scientist(region)]),
    }


def _user(clients: Clients, name: str, documents: list[list[Statement]]) -> AccessKey:
    iam = clients("iam")
    iam.create_user(UserName=name)
    for number, statements in enumerate(documents, 1):
        policy = f"{name}-{number}"
        iam.create_policy(PolicyName=policy, PolicyDocument=json.dumps(document(statements)))
        iam.attach_user_policy(UserName=name, PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/{policy}")
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return AccessKey(key["AccessKeyId"], key["SecretAccessKey"])
