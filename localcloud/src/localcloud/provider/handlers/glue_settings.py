"""Glue: the classifiers that crawlers read files with, and the encryption of what they write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from localcloud.provider.handler import Api, Field, Handler, Naming, Request
from localcloud.provider.values import Props

_KINDS: Final[Mapping[str, str]] = {
    "csvClassifier": "CsvClassifier",
    "grokClassifier": "GrokClassifier",
    "jsonClassifier": "JsonClassifier",
    "xmlClassifier": "XMLClassifier",
}
_CSV_RENAMES: Final = {"headers": "Header"}
_CLASSIFIER: Final[Mapping[str, Field]] = {
    "name": Field(replace=True, computed=True),
    **{kind: Field(to=member, exclusive=True, renames=_CSV_RENAMES) for kind, member in _KINDS.items()},
}


_UNSET_CSV: Final[Mapping[str, Any]] = {
    "headers": [],
    "customDatatypes": [],
    "allowSingleColumn": False,
    "disableValueTrimming": False,
    "customDatatypeConfigured": False,
}


def _classifier(api: Api, operation: str, inputs: Props) -> Request:
    kinds = {kind: {**inputs[kind], "name": inputs["name"]} for kind in _KINDS if isinstance(inputs.get(kind), dict)}
    if operation == "update_classifier" and "csvClassifier" in kinds:
        # What an update leaves out stays as it was.
        kinds["csvClassifier"] = {**_UNSET_CSV, **kinds["csvClassifier"]}
    return Request(operation, api.build(operation, _CLASSIFIER, kinds))


def _read_classifier(api: Api, name: str, _: Props) -> Props | None:
    found = api.find("get_classifier", Name=name)
    if found is None:
        return None
    given = {
        member: {
            key: value for key, value in item.items() if key not in {"Name", "Version", "CreationTime", "LastUpdated"}
        }
        for member, item in found["Classifier"].items()
    }
    return {**api.parse("get_classifier", _CLASSIFIER, given, "Classifier"), "name": name}


def _check_classifier(inputs: Props) -> list[tuple[str, str]]:
    given = [kind for kind in _KINDS if kind in inputs]
    if len(given) == 1:
        return []
    return [("csvClassifier", f"exactly one of {', '.join(_KINDS)} has to be given, got {', '.join(given) or 'none'}")]


CLASSIFIER: Final = Handler(
    service="glue",
    fields=_CLASSIFIER,
    naming=Naming(longest=255),
    create=lambda api, inputs: _classifier(api, "create_classifier", inputs),
    identify=lambda api, inputs, response: inputs["name"],
    read=_read_classifier,
    update=lambda api, name, old, new, changed: [_classifier(api, "update_classifier", new)],
    delete=lambda api, name, state: [Request("delete_classifier", {"Name": name})],
    check=_check_classifier,
)

_SECURITY: Final[Mapping[str, Field]] = {
    "name": Field(replace=True, computed=True),
    "encryptionConfiguration": Field(
        replace=True,
        renames={
            "cloudwatchEncryption": "CloudWatchEncryption",
            "cloudwatchEncryptionMode": "CloudWatchEncryptionMode",
        },
        nested={
            "cloudwatchEncryption.cloudwatchEncryptionMode": "DISABLED",
            "jobBookmarksEncryption.jobBookmarksEncryptionMode": "DISABLED",
            "s3Encryption.s3EncryptionMode": "DISABLED",
        },
    ),
}


def _create_security_configuration(api: Api, inputs: Props) -> Request:
    # The API has a list of S3 settings, of which it takes one.
    encryption: Any = inputs["encryptionConfiguration"]
    if isinstance(encryption, dict) and "s3Encryption" in encryption:
        encryption = {**cast("Props", encryption), "s3Encryption": [encryption["s3Encryption"]]}
    given = {**inputs, "encryptionConfiguration": encryption}
    return Request("create_security_configuration", api.build("create_security_configuration", _SECURITY, given))


def _read_security_configuration(api: Api, name: str, _: Props) -> Props | None:
    found = api.find("get_security_configuration", Name=name)
    if found is None:
        return None
    state = api.parse("get_security_configuration", _SECURITY, found["SecurityConfiguration"], "SecurityConfiguration")
    encryption: Any = state.get("encryptionConfiguration", {})
    if encryption.get("s3Encryption"):
        encryption["s3Encryption"] = encryption["s3Encryption"][0]
    return {"name": name, "encryptionConfiguration": encryption}


SECURITY_CONFIGURATION: Final = Handler(
    service="glue",
    fields=_SECURITY,
    naming=Naming(longest=255),
    create=_create_security_configuration,
    identify=lambda api, inputs, response: inputs["name"],
    read=_read_security_configuration,
    update=lambda api, name, old, new, changed: [],
    delete=lambda api, name, state: [Request("delete_security_configuration", {"Name": name})],
)
