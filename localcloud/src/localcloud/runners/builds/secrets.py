"""Variables whose values lie in Parameter Store or in Secrets Manager, read with the role's credentials."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

Clients = Callable[[str], Any]


def parameters(clients: Clients, names: Mapping[str, str]) -> dict[str, str]:
    """The values of parameters, by variable.

    Raises:
        ClientError: when one cannot be read.
    """
    found = {}
    for variable, name in names.items():
        answer = clients("ssm").get_parameter(Name=name, WithDecryption=True)
        found[variable] = str(answer["Parameter"]["Value"])
    return found


def secrets(clients: Clients, references: Mapping[str, str]) -> dict[str, str]:
    """The values of secrets, by variable; a reference reads `secret-id:json-key:version-stage:version-id`.

    Raises:
        ClientError: when one cannot be read.
        KeyError: when a secret has no such key.
    """
    return {variable: _secret(clients, reference) for variable, reference in references.items()}


def _secret(clients: Clients, reference: str) -> str:
    # An ARN has six colons of its own.
    head, rest = reference.split(":")[:7], reference.split(":")[7:]
    if not reference.startswith("arn:"):
        head, rest = reference.split(":")[:1], reference.split(":")[1:]
    key, stage, version = [*rest, "", "", ""][:3]
    chosen = {"VersionStage": stage} if stage else {"VersionId": version} if version else {}
    text = str(clients("secretsmanager").get_secret_value(SecretId=":".join(head), **chosen)["SecretString"])
    return str(json.loads(text)[key]) if key else text
