"""Restarting the delivery pipeline on the same commit, at most once."""

import json
from typing import TYPE_CHECKING, TypedDict

from botocore.exceptions import ClientError

from contract.aws_errors import code_of, is_access_denied
from contract.encryption import encrypt_with
from contract.layout import DeliveryArtifacts
from contract.names import SOURCE_STAGE
from delivery.environment import ActionEnvironment
from delivery.job import DeliveryError, log
from messages.change_set import ChangeSet, ResourceChange

if TYPE_CHECKING:
    from mypy_boto3_codepipeline import CodePipelineClient
    from mypy_boto3_s3 import S3Client

# CodePipeline API reference, "StopPipelineExecution".
REASON_CHARACTERS = 200
# An execution that has ended by itself: CodePipeline cancels those whose pipeline is updated under them
# (API reference, "PipelineExecution", status Cancelled).
_ENDED = {"PipelineExecutionNotStoppableException", "DuplicatedStopRequestException"}


class _ChangedResource(TypedDict):
    urn: str
    op: str
    properties: list[str]


class _Mark(TypedDict):
    commit: str
    started_by: str
    changes: list[_ChangedResource]


class Restart:
    """The restart that follows a self-update, and the guard against restarting for ever.

    An object in the artifact bucket marks each execution that this stage started. A marked execution does not change
    the pipeline again: what still differs then would differ for ever. The mark is of the execution, not of the commit,
    so that an older commit can be released once more and update the pipeline back.
    """

    def __init__(self, environment: ActionEnvironment, codepipeline: "CodePipelineClient", s3: "S3Client") -> None:
        self._environment = environment
        self._artifacts = DeliveryArtifacts(environment.pipeline_name)
        self._codepipeline = codepipeline
        self._s3 = s3

    def is_in_vain(self, changes: ChangeSet) -> bool:
        """Return whether these changes were made already before this execution was started; warn where they were.

        Raises:
            DeliveryError: this execution is a restart, and other changes are left; names them.
        """
        mark = self._read_mark(self._environment.execution_id)
        if mark is None:
            return False
        left = [resource for resource in changes.resources if not _is_marked(resource, mark)]
        listed = "\n".join(map(_line, left or changes.resources))
        restarted = (
            f"The delivery pipeline was updated and started again for commit {self._environment.commit_id} by "
            f"execution {mark['started_by']}, and"
        )
        if left:
            raise DeliveryError(
                f"{restarted} now the same commit changes something else:\n{listed}\nIt is not started again, since "
                "this might not end. Release the commit again once nothing else changes the stack or its resources."
            )
        log(
            f"warning: {restarted} the same differences are there again:\n{listed}\nThe pipeline is left as it is, and "
            "this execution goes on. Either the program computes other values at each run, or AWS returns other ones "
            "than were set: see docs/operations.md, SelfUpdate."
        )
        return True

    def start_again(self, changes: ChangeSet) -> None:
        """Start an execution on the same commit, mark it, and stop this one."""
        environment = self._environment
        self._probe_write_access(changes)
        started = self._codepipeline.start_pipeline_execution(
            name=environment.pipeline_name,
            # Equal for each retry of this action, so that it starts one execution only.
            clientRequestToken=f"self-update-{environment.execution_id}",
            sourceRevisions=[
                {"actionName": SOURCE_STAGE, "revisionType": "COMMIT_ID", "revisionValue": environment.commit_id}
            ],
        )["pipelineExecutionId"]
        try:
            self._write_mark(self._artifacts.restart_mark_key(started), changes)
        except ClientError as error:
            self._stop(started, "its mark could not be written, so that it might have started again for ever")
            raise DeliveryError(f"the restarted execution {started} was stopped: {error}") from error
        log(f"started again as execution {started} on commit {environment.commit_id}")
        self._stop(
            environment.execution_id,
            f"The delivery pipeline was updated; execution {started} goes on with this commit.",
        )

    def _stop(self, execution: str, reason: str) -> None:
        try:
            self._codepipeline.stop_pipeline_execution(
                pipelineName=self._environment.pipeline_name,
                pipelineExecutionId=execution,
                abandon=False,
                reason=reason[:REASON_CHARACTERS],
            )
        except ClientError as error:
            if code_of(error) not in _ENDED:
                raise
            log(f"execution {execution} had ended already")

    def _read_mark(self, execution: str) -> _Mark | None:
        """Return the mark of an execution, None where it has none.

        Listing asks by a documented condition key, s3:prefix. Of a missing object S3 says "not found" only to those who
        may list (API reference, "GetObject"), and which prefix it compares then is written nowhere.
        """
        bucket, key = self._environment.artifact_bucket, self._artifacts.restart_mark_key(execution)
        try:
            objects = self._s3.list_objects_v2(Bucket=bucket, Prefix=key).get("Contents", [])
            if not any(entry.get("Key") == key for entry in objects):
                return None
            response = self._s3.get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if is_access_denied(error):
                raise DeliveryError(
                    f"whether this execution is a restart can't be read: s3:GetObject on {key} and s3:ListBucket on "
                    f"{bucket} are needed. Nothing was changed."
                ) from error
            raise
        return json.loads(response["Body"].read())

    def _probe_write_access(self, changes: ChangeSet) -> None:
        """Write an object that nothing reads, to fail before an execution is started that could not be marked."""
        self._write_mark(self._artifacts.write_probe_key(self._environment.execution_id), changes)

    def _write_mark(self, key: str, changes: ChangeSet) -> None:
        mark = _Mark(
            commit=self._environment.commit_id,
            started_by=self._environment.execution_id,
            changes=[
                {"urn": resource.urn, "op": resource.op, "properties": [change.path for change in resource.properties]}
                for resource in changes.resources
            ],
        )
        self._s3.put_object(
            Bucket=self._environment.artifact_bucket,
            Key=key,
            Body=json.dumps(mark).encode(),
            ContentType="application/json",
            **encrypt_with(self._environment.key_arn),
        )


def _is_marked(resource: ResourceChange, mark: _Mark) -> bool:
    """Return whether the mark has this change, with the same properties or more; their values may be others."""
    paths = {change.path for change in resource.properties}
    return any(
        (change["urn"], change["op"]) == (resource.urn, resource.op) and paths <= set(change["properties"])
        for change in mark["changes"]
    )


def _line(resource: ResourceChange) -> str:
    paths = ", ".join(change.path for change in resource.properties)
    return f"  - {resource.op} {resource.type} {resource.name}: {paths or 'the resource itself'}"
