"""Roles that a person takes on, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from localcloud.lifecycle import LocalCloud
from localcloud.server.clients import Clients
from localcloud.server.keys import AccessKey


def taken_on(cloud: LocalCloud, principal: str, *role_arns: str) -> Callable[[str], Any]:
    """Clients of a principal that has assumed each role from the one before; raises ClientError where one refuses."""
    clients: Callable[[str], Any] = partial(cloud.client, principal=principal)
    for role_arn in role_arns:
        key = clients("sts").assume_role(RoleArn=role_arn, RoleSessionName=principal)["Credentials"]
        clients = Clients(
            cloud.endpoint, cloud.region, AccessKey(key["AccessKeyId"], key["SecretAccessKey"]), key["SessionToken"]
        )
    return clients
