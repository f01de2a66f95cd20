"""Which principals exist: services, and this account's roles and users. Policies that name another one are refused.

Sources: IAM user guide, "AWS JSON policy elements: Principal"; KMS API reference, "PutKeyPolicy": "The principals in
the key policy must exist".
"""

import re
from functools import cache
from importlib.resources import files

import botocore.session

from localcloud.emulator.identity import role, user_arn
from localcloud.layout import ACCOUNT

_SUFFIXES = (".amazonaws.com", ".amazonaws.com.cn")
_ACCOUNT_ID = re.compile(r"\d{12}")
_IDENTITY = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):(root|(?:role|user)/.+)")
_SESSION = re.compile(r"arn:aws[a-z-]*:sts::\d{12}:(?:assumed-role|federated-user)/.+")


def service_exists(name: str) -> bool:
    """Return whether a name, e.g. `logs.us-east-1.amazonaws.com`, is the principal of a service.

    AWS publishes no list. A service is what botocore has a model or an endpoint of, and what `service_principals.txt`
    adds from policies that AWS and others wrote; a part of one, such as `delivery.logs.amazonaws.com`, is believed.
    """
    suffix = next((suffix for suffix in _SUFFIXES if name.endswith(suffix)), None)
    if suffix is None:
        return False
    labels = name.removesuffix(suffix).split(".")
    if len(labels) > 1 and labels[-1] in _regions():
        labels.pop()
    return ".".join(labels) in _services() or labels[-1] in _services()


def principal_exists(kind: str, name: str) -> bool:
    """Return whether a policy may name a principal; other accounts are believed to hold what is said of them.

    Args:
        kind: the key of the policy's Principal element: `AWS`, `Service`, `Federated` or `CanonicalUser`.
        name: the value.
    """
    if kind == "Service":
        return service_exists(name)
    if kind != "AWS":
        return kind in {"Federated", "CanonicalUser"}
    if name == "*" or _ACCOUNT_ID.fullmatch(name) or _SESSION.fullmatch(name):
        return True
    if (arn := _IDENTITY.fullmatch(name)) is None:
        return False
    account, identity = arn.groups()
    if account != ACCOUNT or identity == "root":
        return True
    short_name = name.rpartition("/")[2]
    named_role = role(short_name)
    return name in {named_role.arn if named_role else None, user_arn(short_name)}


@cache
def _services() -> frozenset[str]:
    session = botocore.session.get_session()
    endpoints = {name for partition in session.get_data("endpoints")["partitions"] for name in partition["services"]}
    lines = files("localcloud.iam").joinpath("service_principals.txt").read_text(encoding="utf-8").splitlines()
    passed_to = {line for line in lines if not line.startswith("#")}
    return frozenset({*session.get_available_services(), *endpoints, *passed_to})


@cache
def _regions() -> frozenset[str]:
    partitions = botocore.session.get_session().get_data("endpoints")["partitions"]
    return frozenset(region for partition in partitions for region in partition["regions"])
