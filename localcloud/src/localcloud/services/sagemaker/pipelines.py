"""Pipelines: create, update, describe, list, delete."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from localcloud.http.errors import AwsError, validation
from localcloud.http.paging import page, selected
from localcloud.http.service import Call, Handler
from localcloud.services.sagemaker import definition
from localcloud.services.sagemaker.names import arn, key
from localcloud.services.sagemaker.tags import Tags

Record = dict[str, Any]
ReadObject = Callable[[Call, Record], str]

_OPTIONAL = ("PipelineDisplayName", "PipelineDescription", "ParallelismConfiguration")
_SUMMARY = (
    *("PipelineArn", "PipelineName", "PipelineDisplayName", "PipelineDescription", "RoleArn"),
    *("CreationTime", "LastModifiedTime", "LastExecutionTime"),
)


class Pipelines:
    """The account's pipelines, by name; `read_object` reads a definition in S3 with the caller's credentials."""

    def __init__(self, tags: Tags, read_object: ReadObject) -> None:
        self._pipelines: dict[str, Record] = {}
        self._created: dict[str, str] = {}
        self._tags = tags
        self._read_object = read_object
        tags.owned_by(lambda known: any(record["PipelineArn"] == known for record in self._pipelines.values()))

    def handlers(self) -> dict[str, Handler]:
        """The operations on pipelines that need no knowledge of their executions."""
        return {
            "CreatePipeline": self.create,
            "UpdatePipeline": self.update,
            "DescribePipeline": self.describe,
            "ListPipelines": self.list,
        }

    def get(self, call: Call, name_or_arn: str) -> Record:
        """A pipeline by name or ARN.

        Raises:
            AwsError: ResourceNotFound.
        """
        record = self._pipelines.get(key(name_or_arn))
        if record is None:
            missing = arn(call.caller.region, f"pipeline/{key(name_or_arn)}")
            raise AwsError("ResourceNotFound", f"Pipeline '{missing}' does not exist.")
        return record

    def create(self, call: Call) -> Record:
        """CreatePipeline; a repeated ClientRequestToken answers with the pipeline made by the first call."""
        name, token = call.input["PipelineName"], call.input["ClientRequestToken"]
        pipeline_arn = arn(call.caller.region, f"pipeline/{name}")
        if self._created.get(token) == pipeline_arn and key(name) in self._pipelines:
            return {"PipelineArn": pipeline_arn}
        if key(name) in self._pipelines:
            raise validation(
                "Pipeline names must be unique within an AWS account and region. "
                f"Pipeline with name ({name}) already exists."
            )
        now = datetime.now(UTC)
        self._pipelines[key(name)] = {
            "PipelineArn": pipeline_arn,
            "PipelineName": name,
            "PipelineDefinition": self._definition(call),
            "RoleArn": call.input["RoleArn"],
            "PipelineStatus": "Active",
            "CreationTime": now,
            "LastModifiedTime": now,
            "CreatedBy": call.caller.identity(),
            "LastModifiedBy": call.caller.identity(),
            **{member: call.get(member) for member in _OPTIONAL},
        }
        self._created[token] = pipeline_arn
        self._tags.put(pipeline_arn, call.get("Tags", []))
        return {"PipelineArn": pipeline_arn}

    def update(self, call: Call) -> Record:
        """UpdatePipeline; members that are not given stay as they are."""
        record = self.get(call, call.input["PipelineName"])
        if call.get("PipelineDefinition") is not None or call.get("PipelineDefinitionS3Location"):
            record["PipelineDefinition"] = self._definition(call)
        record.update({member: call.input[member] for member in (*_OPTIONAL, "RoleArn") if call.get(member)})
        record.update(LastModifiedTime=datetime.now(UTC), LastModifiedBy=call.caller.identity())
        return {"PipelineArn": record["PipelineArn"]}

    def describe(self, call: Call) -> Record:
        """DescribePipeline."""
        record = self.get(call, call.input["PipelineName"])
        return {name: value for name, value in record.items() if value is not None and name != "LastExecutionTime"}

    def list(self, call: Call) -> Record:
        """ListPipelines."""
        prefix = call.get("PipelineNamePrefix", "")
        records = [record for record in self._pipelines.values() if record["PipelineName"].startswith(prefix)]
        chosen = selected(call, records, "PipelineName")
        summaries = [{name: record[name] for name in _SUMMARY if record.get(name) is not None} for record in chosen]
        return page(call, summaries, "PipelineSummaries")

    def executed(self, record: Record, time: datetime) -> None:
        """Notes the start of an execution."""
        record.update(LastRunTime=time, LastExecutionTime=time)

    def remove(self, record: Record) -> None:
        """Deletes a pipeline."""
        del self._pipelines[key(record["PipelineName"])]
        self._tags.forget(record["PipelineArn"])

    def _definition(self, call: Call) -> str:
        inline, location = call.get("PipelineDefinition"), call.get("PipelineDefinitionS3Location")
        if bool(inline) == bool(location):
            raise validation("Exactly one of PipelineDefinition and PipelineDefinitionS3Location must be given.")
        text = str(inline) if inline else self._read_object(call, location)
        definition.parse(text)
        return text
