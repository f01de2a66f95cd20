"""Pipelines: their structure by version."""

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from localcloud.http.errors import AwsError
from localcloud.http.paging import page
from localcloud.http.service import Call, Handler
from localcloud.http.tags import ResourceTags
from localcloud.layout import ACCOUNT
from localcloud.services.codepipeline import structure

Record = dict[str, Any]

SERVICE = "codepipeline.amazonaws.com"


def arn_of(region: str, name: str) -> str:
    """A pipeline's ARN."""
    return f"arn:aws:codepipeline:{region}:{ACCOUNT}:{name}"


class Pipelines:
    """The account's pipelines, by name. `created`, `updated` and `deleted` hear of each change.

    `assumable` tells whether a service that acts for a resource can assume a role: (role, service, resource).
    """

    def __init__(self, tags: ResourceTags, assumable: Callable[[str, str, str], bool]) -> None:
        self._tags = tags
        self._assumable = assumable
        self._versions: dict[str, list[Record]] = {}
        self._metadata: dict[str, Record] = {}
        self.created: Callable[[Record], None] = lambda _pipeline: None
        self.updated: Callable[[Record], None] = lambda _pipeline: None
        self.deleted: Callable[[str], None] = lambda _name: None

    def handlers(self) -> dict[str, Handler]:
        """The operations on pipelines."""
        return {
            "CreatePipeline": self.create,
            "GetPipeline": self.get,
            "UpdatePipeline": self.update,
            "DeletePipeline": self.delete,
            "ListPipelines": self.listed,
        }

    def find(self, name: str) -> Record:
        """The current structure of a pipeline; `arn` is added.

        Raises:
            AwsError: PipelineNotFoundException.
        """
        if name not in self._versions:
            raise AwsError(
                "PipelineNotFoundException", f"Account '{ACCOUNT}' does not have a pipeline with name '{name}'"
            )
        return {**copy.deepcopy(self._versions[name][-1]), "arn": self._metadata[name]["pipelineArn"]}

    def all(self) -> list[Record]:
        """Every pipeline's current structure."""
        return [self.find(name) for name in list(self._versions)]

    def times(self, name: str) -> tuple[datetime, datetime]:
        """When a pipeline was created and updated."""
        return self._metadata[name]["created"], self._metadata[name]["updated"]

    def create(self, call: Call) -> Record:
        """CreatePipeline; the pipeline runs at once (user guide, "Create a pipeline, stages, and actions")."""
        given = call.input["pipeline"]
        if given["name"] in self._versions:
            text = f"A pipeline with the name '{given['name']}' already exists in account '{ACCOUNT}'"
            raise AwsError("PipelineNameInUseException", text)
        now, arn = datetime.now(UTC), arn_of(call.caller.region, given["name"])
        self._check(given, arn)
        self._versions[given["name"]] = [_complete(given, 1)]
        self._metadata[given["name"]] = {"pipelineArn": arn, "created": now, "updated": now}
        self._tags.set(arn, call.get("tags"))
        self.created(self.find(given["name"]))
        return {"pipeline": copy.deepcopy(self._versions[given["name"]][-1]), "tags": self._tags.of(arn)}

    def get(self, call: Call) -> Record:
        """GetPipeline, the current version or an earlier one."""
        name, wanted = call.input["name"], call.get("version")
        self.find(name)
        versions = self._versions[name]
        if wanted is not None and not 1 <= wanted <= len(versions):
            raise AwsError("PipelineVersionNotFoundException", f"Pipeline {name} has no version {wanted}")
        chosen = versions[(wanted or len(versions)) - 1]
        return {"pipeline": copy.deepcopy(chosen), "metadata": dict(self._metadata[name])}

    def update(self, call: Call) -> Record:
        """UpdatePipeline: a new version; executions under way do not complete."""
        given = call.input["pipeline"]
        self.find(given["name"])
        self._check(given, self._metadata[given["name"]]["pipelineArn"])
        versions = self._versions[given["name"]]
        versions.append(_complete(given, len(versions) + 1))
        self._metadata[given["name"]]["updated"] = datetime.now(UTC)
        self.updated(self.find(given["name"]))
        return {"pipeline": copy.deepcopy(versions[-1])}

    def _check(self, given: Record, arn: str) -> None:
        structure.check(given, arn.split(":")[3])
        if not self._assumable(given["roleArn"], SERVICE, arn):
            text = f"CodePipeline is not authorized to perform AssumeRole on role {given['roleArn']}"
            raise AwsError("InvalidStructureException", text)

    def delete(self, call: Call) -> Record:
        """DeletePipeline; deleting what is not there is no error."""
        name = call.input["name"]
        if self._versions.pop(name, None):
            self._tags.forget(self._metadata.pop(name)["pipelineArn"])
            self.deleted(name)
        return {}

    def listed(self, call: Call) -> Record:
        """ListPipelines."""
        found = [
            {
                "name": name,
                "version": len(versions),
                "pipelineType": versions[-1]["pipelineType"],
                "executionMode": versions[-1]["executionMode"],
                "created": self._metadata[name]["created"],
                "updated": self._metadata[name]["updated"],
            }
            for name, versions in sorted(self._versions.items())
        ]
        return page(call, found, "pipelines", cursor="nextToken", size="maxResults")


def _complete(given: Record, version: int) -> Record:
    """The structure as CodePipeline answers it: defaults filled in, null members gone."""
    kept = {key: value for key, value in copy.deepcopy(given).items() if value is not None}
    for stage in kept["stages"]:
        for action in stage["actions"]:
            action.setdefault("runOrder", 1)
            action.setdefault("configuration", {})
            action.setdefault("inputArtifacts", [])
            action.setdefault("outputArtifacts", [])
    return {"pipelineType": "V1", "executionMode": "SUPERSEDED", **kept, "version": version}
