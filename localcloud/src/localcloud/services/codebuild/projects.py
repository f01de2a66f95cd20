"""Build projects."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from localcloud.http.errors import AwsError
from localcloud.http.paging import page
from localcloud.http.service import Call, Handler
from localcloud.http.tags import ResourceTags
from localcloud.layout import ACCOUNT
from localcloud.runners.builds.buildspec import BuildspecError, parse

Record = dict[str, Any]

SERVICE = "codebuild.amazonaws.com"

_SETTINGS = (
    *("description", "source", "secondarySources", "sourceVersion", "secondarySourceVersions", "artifacts"),
    *("secondaryArtifacts", "cache", "environment", "serviceRole", "timeoutInMinutes", "queuedTimeoutInMinutes"),
    *("encryptionKey", "logsConfig", "concurrentBuildLimit", "autoRetryLimit"),
)
_NOT_SERVED = ("vpcConfig", "fileSystemLocations", "buildBatchConfig", "badgeEnabled")
_NO_LIMIT = -1
_DEFAULTS: Mapping[str, Any] = {
    # API reference, CreateProject: one hour, eight hours in the queue.
    "timeoutInMinutes": 60,
    "queuedTimeoutInMinutes": 480,
    "cache": {"type": "NO_CACHE"},
}


def arn_of(region: str, name: str) -> str:
    """A project's ARN."""
    return f"arn:aws:codebuild:{region}:{ACCOUNT}:project/{name}"


class Projects:
    """The account's projects, by name; `assumable` tells whether a service can assume a role for a resource."""

    def __init__(self, tags: ResourceTags, assumable: Callable[[str, str, str], bool]) -> None:
        self._tags = tags
        self._assumable = assumable
        self._records: dict[str, Record] = {}

    def handlers(self) -> dict[str, Handler]:
        """The operations on projects."""
        return {
            "CreateProject": self.create,
            "UpdateProject": self.update,
            "DeleteProject": self.delete,
            "BatchGetProjects": self.batch_get,
            "ListProjects": self.listed,
        }

    def find(self, name: str) -> Record:
        """A project by name or ARN.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        name = name.rsplit("/", 1)[-1]
        if name not in self._records:
            raise AwsError("ResourceNotFoundException", f"Project cannot be found: {name}")
        return self._records[name]

    def create(self, call: Call) -> Record:
        """CreateProject."""
        name = call.input["name"]
        if name in self._records:
            raise AwsError(
                "ResourceAlreadyExistsException", f"Project already exists: {arn_of(call.caller.region, name)}"
            )
        now = datetime.now(UTC)
        record: Record = {
            "name": name,
            "arn": arn_of(call.caller.region, name),
            "created": now,
            "badge": {"badgeEnabled": False},
            "projectVisibility": "PRIVATE",
            # The account's AWS-managed key, as CodeBuild picks where none is given.
            "encryptionKey": f"arn:aws:kms:{call.caller.region}:{ACCOUNT}:alias/aws/s3",
            **_DEFAULTS,
            **_settings(call),
            "lastModified": now,
        }
        self._check(record)
        self._records[name] = record
        self._tags.set(record["arn"], call.get("tags"))
        return {"project": self._public(record)}

    def update(self, call: Call) -> Record:
        """UpdateProject; members that are not given stay as they are."""
        record = self.find(call.input["name"])
        changed = {**record, **_settings(call), "lastModified": datetime.now(UTC)}
        if changed.get("concurrentBuildLimit") == _NO_LIMIT:
            del changed["concurrentBuildLimit"]
        self._check(changed)
        record.clear()
        record.update(changed)
        if call.get("tags") is not None:
            self._tags.set(record["arn"], call.input["tags"])
        return {"project": self._public(record)}

    def delete(self, call: Call) -> Record:
        """DeleteProject; deleting what is not there is no error."""
        record = self._records.pop(call.input["name"].rsplit("/", 1)[-1], None)
        if record:
            self._tags.forget(record["arn"])
        return {}

    def batch_get(self, call: Call) -> Record:
        """BatchGetProjects."""
        names = [name.rsplit("/", 1)[-1] for name in call.input["names"]]
        found = [self._public(self._records[name]) for name in names if name in self._records]
        return {"projects": found, "projectsNotFound": [name for name in names if name not in self._records]}

    def listed(self, call: Call) -> Record:
        """ListProjects."""
        member = {"CREATED_TIME": "created", "LAST_MODIFIED_TIME": "lastModified"}.get(call.get("sortBy", ""), "name")
        found = sorted(self._records.values(), key=lambda record: record[member])
        names: list[Any] = [record["name"] for record in found]
        if call.get("sortOrder", "ASCENDING") == "DESCENDING":
            names.reverse()
        return page(call, names, "projects", cursor="nextToken")

    def _check(self, project: Record) -> None:
        check(project)
        if not self._assumable(project["serviceRole"], SERVICE, project["arn"]):
            text = f"CodeBuild is not authorized to perform: sts:AssumeRole on {project['serviceRole']}"
            raise AwsError("InvalidInputException", text)

    def _public(self, record: Record) -> Record:
        return {**record, "tags": self._tags.of(record["arn"])}


def _settings(call: Call) -> Record:
    given = [name for name in _NOT_SERVED if call.get(name)]
    if given:
        raise invalid(f"the local cloud does not run builds with {', '.join(given)}")
    settings = {name: call.input[name] for name in _SETTINGS if call.get(name) is not None}
    if environment := settings.get("environment"):
        variables = [{"type": "PLAINTEXT", **item} for item in environment.get("environmentVariables", [])]
        filled = {"privilegedMode": False, "imagePullCredentialsType": "CODEBUILD"}
        settings["environment"] = {**filled, **environment, "environmentVariables": variables}
    return settings


def invalid(message: str) -> AwsError:
    """CodeBuild's error for input that cannot be right."""
    return AwsError("InvalidInputException", f"Invalid input: {message}")


def check(project: Record) -> None:
    """The rules between a project's members.

    Raises:
        AwsError: InvalidInputException.
    """
    source, artifacts = project["source"], project["artifacts"]
    if (source["type"] == "CODEPIPELINE") != (artifacts["type"] == "CODEPIPELINE"):
        raise invalid("source and artifacts must both be of type CODEPIPELINE, or neither")
    if source["type"] == "NO_SOURCE" and not source.get("buildspec"):
        raise invalid("a buildspec is required for a project with no source")
    if source["type"] not in {"CODEPIPELINE", "NO_SOURCE"} and not source.get("location"):
        raise invalid("project source location is required")
    if artifacts["type"] == "S3" and not artifacts.get("location"):
        raise invalid("artifacts location is required for artifacts of type S3")
    environment = project["environment"]
    if environment.get("privilegedMode"):
        raise invalid("the local cloud runs no build in privileged mode")
    if not environment["type"].startswith(("LINUX", "ARM")):
        raise invalid(f"the local cloud runs no build of environment type {environment['type']}")
    names = [variable["name"] for variable in environment.get("environmentVariables", [])]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise invalid(f"duplicate environment variable(s): {', '.join(twice)}")
    inline = source.get("buildspec", "")
    if "\n" in inline:
        try:
            parse(inline)
        except BuildspecError as error:
            raise invalid(f"buildspec: {error}") from error
