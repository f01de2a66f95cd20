"""Classifiers and security configurations, where the emulator is laxer than Glue."""

from datetime import UTC, datetime
from typing import Any

from localcloud.emulator.catalog import classifier
from localcloud.http.errors import AwsError
from localcloud.http.service import Call
from localcloud.services.glue.emulated import perform

Record = dict[str, Any]
_KINDS = ("GrokClassifier", "XMLClassifier", "JsonClassifier", "CsvClassifier")


def create_classifier(call: Call) -> Record:
    """CreateClassifier: exactly one kind."""
    _one_kind(call)
    return perform(call)


def update_classifier(call: Call) -> Record:
    """UpdateClassifier: members that are not given stay as they are."""
    kind = _one_kind(call)
    given = call.input[kind]
    record = classifier(given["Name"])
    if record is None or kind not in record:
        raise AwsError("EntityNotFoundException", f"Classifier {given['Name']} not found")
    version = record[kind].get("Version", 1) + 1
    record[kind].update({**given, "Version": version, "LastUpdated": int(datetime.now(UTC).timestamp())})
    return {}


def create_security_configuration(call: Call) -> Record:
    """CreateSecurityConfiguration: encryption with KMS needs the ARN of a key."""
    encryption = call.input["EncryptionConfiguration"]
    for settings in encryption.get("S3Encryption") or []:
        _needs_key("S3", settings.get("S3EncryptionMode"), settings.get("KmsKeyArn"))
    logs = encryption.get("CloudWatchEncryption") or {}
    _needs_key("CloudWatch", logs.get("CloudWatchEncryptionMode"), logs.get("KmsKeyArn"))
    bookmarks = encryption.get("JobBookmarksEncryption") or {}
    _needs_key("job bookmarks", bookmarks.get("JobBookmarksEncryptionMode"), bookmarks.get("KmsKeyArn"))
    return perform(call)


def _one_kind(call: Call) -> str:
    kinds = [kind for kind in _KINDS if call.get(kind)]
    if len(kinds) != 1:
        raise AwsError("InvalidInputException", f"Exactly one of {', '.join(_KINDS)} has to be given.")
    return kinds[0]


def _needs_key(what: str, mode: str | None, key: str | None) -> None:
    if mode in {"SSE-KMS", "CSE-KMS"} and not key:
        raise AwsError("InvalidInputException", f"{mode} encryption of {what} needs a KmsKeyArn.")
