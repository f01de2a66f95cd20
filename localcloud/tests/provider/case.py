"""How a test case describes one resource type, and the documents and code that cases share."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localcloud.lifecycle import LocalCloud

Clients = Callable[[str], Any]
Act = Callable[[Clients, dict[str, Any]], object]
"""Does something through boto, given clients by service and the resource's outputs."""

ACCOUNT = "123456789012"


@dataclass(frozen=True)
class Case:
    """`update` and `replace` are inputs that lead to an update and a replacement; `drift` changes, `remove` deletes."""

    name: str
    type: str
    inputs: dict[str, Any]
    update: dict[str, Any] = field(default_factory=dict[str, Any])
    replace: dict[str, Any] = field(default_factory=dict[str, Any])
    drift: Act | None = None
    remove: Act | None = None
    id: str = ""
    """The id's form: `{property}` stands for an output."""
    outputs: tuple[str, ...] = ()
    import_id: str = ""
    """What `pulumi import` takes, where it is not the id."""
    importable: bool = True
    """Whether pulumi-aws imports the type at all."""


def document(action: str, resource: Any, **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return {"$json": {"Version": "2012-10-17", "Statement": [statement]}}


def trust(service: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    return {"$json": {"Version": "2012-10-17", "Statement": [statement]}}


def plain(action: str, resource: str, **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


EVENTS = {"Principal": {"Service": "events.amazonaws.com"}}
ROOT = {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}


def code(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr(zipfile.ZipInfo("h.py", (2026, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


def write_code(path: Path, text: str) -> None:
    path.write_bytes(code(f"def handler(event, context):\n    return {text!r}\n"))


KEY: dict[str, Any] = {
    "name": "key",
    "type": "aws:kms/key:Key",
    "inputs": {"description": "only one of me", "deletionWindowInDays": 7},
}


def enabled_keys(cloud: LocalCloud, description: str) -> list[str]:
    kms = cloud.client("kms", "root")
    keys = (kms.describe_key(KeyId=item["KeyId"])["KeyMetadata"] for item in kms.list_keys()["Keys"])
    return [key["KeyId"] for key in keys if key["Description"] == description and key["KeyState"] == "Enabled"]
