"""Repositories, branches and commits."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from localcloud.git.hosting import Hosting, Push
from localcloud.git.repository import Commit, GitRepository
from localcloud.http.errors import AwsError
from localcloud.http.paging import page
from localcloud.http.service import Call, Handler
from localcloud.http.tags import ResourceTags
from localcloud.layout import ACCOUNT
from localcloud.services.codecommit import events

Record = dict[str, Any]

PUSHER = f"arn:aws:iam::{ACCOUNT}:root"
"""Whom events name for a push: git over the file system tells no IAM identity."""


def arn_of(region: str, name: str) -> str:
    """A repository's ARN."""
    return f"arn:aws:codecommit:{region}:{ACCOUNT}:{name}"


class Repositories:
    """The account's repositories, by name. `emit` takes each event, `moved` hears of each push."""

    def __init__(self, hosting: Hosting, tags: ResourceTags, emit: Callable[[Record], None]) -> None:
        self.hosting = hosting
        self._tags = tags
        self._emit = emit
        self._records: dict[str, Record] = {}
        self.moved: list[Callable[[Push], None]] = []

    def handlers(self) -> dict[str, Handler]:
        """The operations on repositories and on what is in them."""
        return {
            "CreateRepository": lambda call: {"repositoryMetadata": self.create(call.caller.region, **_given(call))},
            "GetRepository": self.get,
            "DeleteRepository": self.delete,
            "ListRepositories": self.listed,
            "UpdateRepositoryDescription": self.describe,
            "UpdateDefaultBranch": self.set_default_branch,
            "GetBranch": self.get_branch,
            "ListBranches": self.list_branches,
            "GetCommit": self.get_commit,
        }

    def create(
        self,
        region: str,
        name: str,
        description: str | None = None,
        tags: dict[str, str] | None = None,
        key: str | None = None,
    ) -> Record:
        """Makes an empty repository; its metadata."""
        if name in self._records:
            raise AwsError("RepositoryNameExistsException", f"Repository named {name} already exists")
        repository, now = self.hosting.create(name), datetime.now(UTC)
        record: Record = {
            "accountId": ACCOUNT,
            "repositoryId": str(uuid.uuid4()),
            "repositoryName": name,
            "repositoryDescription": description,
            "creationDate": now,
            "lastModifiedDate": now,
            # The path stands for the clone URL's repository: pushes go there.
            "cloneUrlHttp": f"https://git-codecommit.{region}.amazonaws.com/v1/repos/{name}",
            "cloneUrlSsh": f"ssh://git-codecommit.{region}.amazonaws.com/v1/repos/{name}",
            "Arn": arn_of(region, name),
            "kmsKeyId": key,
            "path": str(repository.path),
        }
        self._records[name] = record
        self._tags.set(record["Arn"], tags)
        return _public(record)

    def find(self, name: str) -> tuple[Record, GitRepository]:
        """A repository's record and its content.

        Raises:
            AwsError: RepositoryDoesNotExistException.
        """
        record, repository = self._records.get(name), self.hosting.get(name)
        if record is None or repository is None:
            raise AwsError("RepositoryDoesNotExistException", f"{name} does not exist")
        return record, repository

    def get(self, call: Call) -> Record:
        """GetRepository."""
        return {"repositoryMetadata": _public(self.find(call.input["repositoryName"])[0])}

    def listed(self, call: Call) -> Record:
        """ListRepositories."""
        records = [
            {key: record[key] for key in ("repositoryName", "repositoryId")} for record in self._records.values()
        ]
        return page(call, sorted(records, key=lambda item: item["repositoryName"]), "repositories", cursor="nextToken")

    def delete(self, call: Call) -> Record:
        """DeleteRepository; deleting what is not there is no error (API reference, DeleteRepository)."""
        record = self._records.pop(call.input["repositoryName"], None)
        if record is None:
            return {}
        self._tags.forget(record["Arn"])
        self.hosting.delete(record["repositoryName"])
        return {"repositoryId": record["repositoryId"]}

    def describe(self, call: Call) -> Record:
        """UpdateRepositoryDescription."""
        self.find(call.input["repositoryName"])[0]["repositoryDescription"] = call.get("repositoryDescription")
        return {}

    def set_default_branch(self, call: Call) -> Record:
        """UpdateDefaultBranch; the branch has to exist."""
        record, repository = self.find(call.input["repositoryName"])
        _tip(repository, call.input["defaultBranchName"])
        record["defaultBranch"] = call.input["defaultBranchName"]
        return {}

    def get_branch(self, call: Call) -> Record:
        """GetBranch."""
        if not call.get("repositoryName") or not call.get("branchName"):
            missing = "repositoryName" if not call.get("repositoryName") else "branchName"
            raise AwsError("InvalidParameterException", f"{missing} is required")
        _, repository = self.find(call.input["repositoryName"])
        name = call.input["branchName"].removeprefix("refs/heads/")
        return {"branch": {"branchName": name, "commitId": _tip(repository, name)}}

    def list_branches(self, call: Call) -> Record:
        """ListBranches."""
        _, repository = self.find(call.input["repositoryName"])
        names = [name.removeprefix("refs/heads/") for name in repository.references() if name.startswith("refs/heads/")]
        return {"branches": names}

    def get_commit(self, call: Call) -> Record:
        """GetCommit, by a full commit id."""
        _, repository = self.find(call.input["repositoryName"])
        commit = repository.commit(call.input["commitId"])
        if commit is None or commit.id != call.input["commitId"]:
            raise AwsError("CommitIdDoesNotExistException", f"{call.input['commitId']} does not exist")
        return {"commit": _commit(commit)}

    def pushed(self, name: str) -> list[Push]:
        """Notices a push: emits its events; the first branch becomes the default one."""
        record, _ = self.find(name)
        pushes = self.hosting.pushes(name)
        for push in pushes:
            if push.kind == "branch":
                record.setdefault("defaultBranch", push.name)
            record["lastModifiedDate"] = datetime.now(UTC)
            self._emit(events.reference_changed(record, push, PUSHER))
            for listener in self.moved:
                listener(push)
        return pushes


def _given(call: Call) -> dict[str, Any]:
    return {
        "name": call.input["repositoryName"],
        "description": call.get("repositoryDescription"),
        "tags": call.get("tags"),
        "key": call.get("kmsKeyId"),
    }


def _public(record: Record) -> Record:
    return {key: value for key, value in record.items() if key != "path" and value is not None}


def _tip(repository: GitRepository, branch: str) -> str:
    commit = repository.branch(branch)
    if commit is None:
        raise AwsError("BranchDoesNotExistException", f"Branch {branch} does not exist")
    return commit


def _commit(commit: Commit) -> Record:
    def user(fields: tuple[str, str, str]) -> Record:
        return dict(zip(("name", "email", "date"), fields, strict=True))

    return {
        "commitId": commit.id,
        "treeId": commit.tree,
        "parents": list(commit.parents),
        "message": commit.message,
        "author": user(commit.author),
        "committer": user(commit.committer),
        "additionalData": "",
    }
