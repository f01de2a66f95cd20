"""The emulator's Glue, corrected: what it drops of a request, and one operation that it lacks.

Source: Glue API reference.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import glue

from local.layout import ACCOUNT

Record = dict[str, Any]
Answer = tuple[int, Any, bytes]
_OK = 200
_STORES = glue.__dict__
"""The emulator's module-level stores, by name."""
_CLASSIFIERS = ("GrokClassifier", "XMLClassifier", "JsonClassifier", "CsvClassifier")
_DATABASE_MEMBERS = ("CreateTableDefaultPermissions", "TargetDatabase", "FederatedDatabase")
_EVERYBODY: Record = {"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}
"""What a new database lets everybody with IAM permissions do (Lake Formation developer guide, "Default settings")."""


def correct() -> None:
    """Puts the corrections in place; once, before the first request."""
    original: Callable[..., Answer] = _STORES["_handle_request_sync"]

    def handle(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Record) -> Answer:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        given = _read(body)
        if operation == "UpdateClassifier":
            return _update_classifier(given)
        answer = original(method, path, headers, body, query)
        if answer[0] == _OK and operation in _AFTER:
            _AFTER[operation](given)
        return answer

    _STORES["_handle_request_sync"] = handle


def _read(body: bytes) -> Record:
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        return {}
    return given if isinstance(given, dict) else {}


def _keep_crawler(given: Record) -> None:
    crawler = _STORES["_crawlers"][given["Name"]]
    if "LakeFormationConfiguration" in given:
        crawler["LakeFormationConfiguration"] = given["LakeFormationConfiguration"]
    # GetCrawler names the role by its path and name, whatever the request had.
    crawler["Role"] = crawler["Role"].partition(":role/")[2] or crawler["Role"]
    if not crawler["Schedule"].get("ScheduleExpression"):
        crawler["Schedule"] = {}
    if given.get("Tags"):
        arn = f"arn:aws:glue:{glue.get_region()}:{ACCOUNT}:crawler/{given['Name']}"
        _STORES["_tags"][arn] = dict(given["Tags"])


def _keep_database(given: Record) -> None:
    """Keeps the whole definition: an update replaces it."""
    wanted = given["DatabaseInput"]
    database = _STORES["_databases"][wanted["Name"]]
    for member in ("Description", "LocationUri", "Parameters", *_DATABASE_MEMBERS):
        database.pop(member, None)
        if wanted.get(member):
            database[member] = wanted[member]
    database.setdefault("CreateTableDefaultPermissions", [_EVERYBODY])


def _keep_table(given: Record) -> None:
    """Keeps the whole definition: an update replaces it."""
    wanted = given["TableInput"]
    table = _STORES["_tables"][f"{given['DatabaseName']}/{wanted['Name']}"]
    for member in ("Description", "Owner", "Parameters", "PartitionKeys", "StorageDescriptor", "TableType"):
        table.pop(member, None)
    for member in ("ViewOriginalText", "ViewExpandedText", "TargetTable"):
        table.pop(member, None)
    table.update({member: value for member, value in wanted.items() if value not in (None, "")})
    table["Retention"] = wanted.get("Retention", 0)


_AFTER: Mapping[str, Callable[[Record], None]] = {
    "CreateCrawler": _keep_crawler,
    "UpdateCrawler": _keep_crawler,
    "CreateDatabase": _keep_database,
    "UpdateDatabase": _keep_database,
    "CreateTable": _keep_table,
    "UpdateTable": _keep_table,
}


def _update_classifier(given: Record) -> Answer:
    kind = next((member for member in _CLASSIFIERS if given.get(member)), "")
    wanted = given.get(kind, {})
    found = _STORES["_classifiers"].get(wanted.get("Name"))
    if not found or kind not in found:
        text = f"Classifier {wanted.get('Name')} of this kind not found."
        return error_response_json("EntityNotFoundException", text, 400)
    old = found[kind]
    found[kind] = {
        **wanted,
        "CreationTime": old["CreationTime"],
        "LastUpdated": int(time.time()),
        "Version": old["Version"] + 1,
    }
    return json_response({})
