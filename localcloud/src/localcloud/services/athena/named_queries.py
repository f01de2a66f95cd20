"""Named queries: statements saved in a workgroup."""

from typing import Any
from uuid import uuid4

from localcloud.http.paging import page
from localcloud.http.service import Call, Handler
from localcloud.services.athena.errors import invalid
from localcloud.services.athena.names import PRIMARY
from localcloud.services.athena.workgroups import WorkGroups

Record = dict[str, Any]


class NamedQueries:
    """The account's named queries by id."""

    def __init__(self, workgroups: WorkGroups) -> None:
        self._workgroups = workgroups
        self._records: dict[str, Record] = {}
        self._tokens: dict[str, str] = {}
        workgroups.contents.append(lambda name: len(self._in(name)))
        workgroups.emptied.append(self._empty)

    def handlers(self) -> dict[str, Handler]:
        """The operations on named queries."""
        return {
            "CreateNamedQuery": self.create,
            "GetNamedQuery": self.get,
            "BatchGetNamedQuery": self.batch_get,
            "UpdateNamedQuery": self.update,
            "ListNamedQueries": self.list,
            "DeleteNamedQuery": self.delete,
        }

    def workgroup_of(self, identifier: str) -> str | None:
        """The workgroup of a named query; None for an unknown id."""
        record = self._records.get(identifier)
        return record["WorkGroup"] if record else None

    def create(self, call: Call) -> Record:
        """CreateNamedQuery: the same client token makes no second one."""
        workgroup = call.get("WorkGroup", PRIMARY)
        self._workgroups.named(workgroup)
        token = call.get("ClientRequestToken")
        known = self._tokens.get(token) if token else None
        if known in self._records:
            return {"NamedQueryId": known}
        identifier = str(uuid4())
        self._records[identifier] = {
            "NamedQueryId": identifier,
            "Name": call.input["Name"],
            "Description": call.get("Description", ""),
            "Database": call.input["Database"],
            "QueryString": call.input["QueryString"],
            "WorkGroup": workgroup,
        }
        if token:
            self._tokens[token] = identifier
        return {"NamedQueryId": identifier}

    def get(self, call: Call) -> Record:
        """GetNamedQuery."""
        return {"NamedQuery": dict(self._named(call.input["NamedQueryId"]))}

    def batch_get(self, call: Call) -> Record:
        """BatchGetNamedQuery: unknown ids are told, not refused."""
        identifiers = call.input["NamedQueryIds"]
        return {
            "NamedQueries": [dict(self._records[each]) for each in identifiers if each in self._records],
            "UnprocessedNamedQueryIds": [
                {"NamedQueryId": each, "ErrorCode": "NAMED_QUERY_NOT_FOUND", "ErrorMessage": _missing(each)}
                for each in identifiers
                if each not in self._records
            ],
        }

    def update(self, call: Call) -> Record:
        """UpdateNamedQuery: name, description and statement; the database stays."""
        record = self._named(call.input["NamedQueryId"])
        record.update(Name=call.input["Name"], QueryString=call.input["QueryString"])
        if call.get("Description") is not None:
            record["Description"] = call.input["Description"]
        return {}

    def list(self, call: Call) -> Record:
        """ListNamedQueries: the ids of a workgroup."""
        workgroup = call.get("WorkGroup", PRIMARY)
        self._workgroups.named(workgroup)
        return page(call, self._in(workgroup), "NamedQueryIds", default_size=50)

    def delete(self, call: Call) -> Record:
        """DeleteNamedQuery."""
        del self._records[self._named(call.input["NamedQueryId"])["NamedQueryId"]]
        return {}

    def _in(self, workgroup: str) -> "list[Any]":
        return [identifier for identifier, record in self._records.items() if record["WorkGroup"] == workgroup]

    def _empty(self, workgroup: str) -> None:
        for identifier in self._in(workgroup):
            del self._records[identifier]

    def _named(self, identifier: str) -> Record:
        if identifier not in self._records:
            raise invalid(_missing(identifier))
        return self._records[identifier]


def _missing(identifier: str) -> str:
    return f"NamedQuery {identifier} was not found"
