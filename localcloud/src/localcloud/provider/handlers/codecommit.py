"""CodeCommit: repositories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from localcloud.provider import tagging
from localcloud.provider.handler import Api, Field, Handler, Request, Tagging
from localcloud.provider.values import Props

_FIELDS: Final[Mapping[str, Field]] = {
    "repositoryName": Field(replace=True),
    "description": Field(to="repositoryDescription"),
    # The branch has to exist, so that a new repository has none; only what the program sets is compared.
    "defaultBranch": Field(computed=True),
    "kmsKeyId": Field(replace=True, computed=True),
    "tags": Field(),
}
_TAGGING: Final = Tagging(resource="resourceArn", member="tags", keys="tagKeys")
_CREATED: Final = {name: _FIELDS[name] for name in ("repositoryName", "description", "kmsKeyId", "tags")}


def _read(api: Api, name: str, _state: Props) -> Props | None:
    found = api.find("get_repository", repositoryName=name)
    if found is None:
        return None
    repository = found["repositoryMetadata"]
    return {
        **api.parse("get_repository", _FIELDS, repository, "repositoryMetadata"),
        "tags": tagging.read(_TAGGING, api, repository["Arn"]),
        "arn": repository["Arn"],
        "repositoryId": repository["repositoryId"],
        "cloneUrlHttp": repository["cloneUrlHttp"],
        "cloneUrlSsh": repository["cloneUrlSsh"],
    }


def _update(_api: Api, name: str, _old: Props, new: Props, changed: frozenset[str]) -> list[Request]:
    requests: list[Request] = []
    if "description" in changed:
        text = {"repositoryName": name, "repositoryDescription": new.get("description", "")}
        requests.append(Request("update_repository_description", text))
    if "defaultBranch" in changed:
        branch = {"repositoryName": name, "defaultBranchName": new["defaultBranch"]}
        requests.append(Request("update_default_branch", branch))
    return requests


REPOSITORY: Final = Handler(
    service="codecommit",
    fields=_FIELDS,
    outputs=("arn", "repositoryId", "cloneUrlHttp", "cloneUrlSsh"),
    identity=("repositoryName",),
    tagging=_TAGGING,
    create=lambda api, inputs: Request("create_repository", api.build("create_repository", _CREATED, inputs)),
    identify=lambda api, inputs, response: inputs["repositoryName"],
    read=_read,
    update=_update,
    delete=lambda api, name, state: [Request("delete_repository", {"repositoryName": name})],
)
