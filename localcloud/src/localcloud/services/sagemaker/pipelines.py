"""SageMaker's operations on pipelines and their executions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Unpack

from localcloud.http.paging import Page
from localcloud.http.service import Answer, Call, operation
from localcloud.http.tags import Tag, TagStore
from localcloud.runners.executions.check import problems
from localcloud.services.sagemaker import errors
from localcloud.services.sagemaker.executions import Executions
from localcloud.services.sagemaker.models import (
    Pipeline,
    Pipelines,
    PipelineSettings,
    now,
    resource_arn,
    selected,
    user_context,
)
from localcloud.services.sagemaker.storage import Storage

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import (
        ParallelismConfigurationTypeDef,
        ParameterTypeDef,
        PipelineDefinitionS3LocationTypeDef,
    )


class PipelineOperations:
    """Operations on pipelines."""

    def __init__(self, pipelines: Pipelines, executions: Executions, tags: TagStore, storage: Storage) -> None:
        self._pipelines = pipelines
        self._executions = executions
        self._tags = tags
        self._storage = storage
        self._by_token: dict[str, str] = {}

    @operation
    def create_pipeline(
        self,
        call: Call,
        *,
        pipeline_name: str,
        client_request_token: str,
        role_arn: str,
        pipeline_definition: str | None = None,
        pipeline_definition_s3_location: PipelineDefinitionS3LocationTypeDef | None = None,
        pipeline_display_name: str | None = None,
        pipeline_description: str | None = None,
        parallelism_configuration: ParallelismConfigurationTypeDef | None = None,
        tags: Sequence[Tag] = (),
    ) -> Answer:
        """Create a pipeline; the same request again answers with the same pipeline."""
        if existing := self._pipelines.get(pipeline_name):
            if self._by_token.get(client_request_token) == existing.arn:
                return {"PipelineArn": existing.arn}
            raise errors.existing_pipeline(pipeline_name)
        pipeline = Pipeline(
            arn=resource_arn(call.caller.region, f"pipeline/{pipeline_name}"),
            name=pipeline_name,
            definition=self._definition(call, pipeline_definition, pipeline_definition_s3_location),
            role_arn=role_arn,
            created_by=user_context(call.caller),
            last_modified_by=user_context(call.caller),
            pipeline_display_name=pipeline_display_name,
            pipeline_description=pipeline_description,
            parallelism_configuration=parallelism_configuration,
        )
        self._pipelines.put(pipeline)
        self._by_token[client_request_token] = pipeline.arn
        self._tags.put(pipeline.arn, tags)
        return {"PipelineArn": pipeline.arn}

    @operation
    def update_pipeline(
        self,
        call: Call,
        *,
        pipeline_name: str,
        pipeline_definition: str | None = None,
        pipeline_definition_s3_location: PipelineDefinitionS3LocationTypeDef | None = None,
        **settings: Unpack[PipelineSettings],
    ) -> Answer:
        """Change a pipeline; members that are not given stay as they are."""
        pipeline = self._pipelines.find(call.caller.region, pipeline_name)
        definition = pipeline.definition
        if pipeline_definition is not None or pipeline_definition_s3_location:
            definition = self._definition(call, pipeline_definition, pipeline_definition_s3_location)
        changed = replace(
            pipeline,
            definition=definition,
            last_modified=now(),
            last_modified_by=user_context(call.caller),
            **settings,
        )
        self._pipelines.put(changed)
        return {"PipelineArn": pipeline.arn}

    @operation
    def describe_pipeline(self, call: Call, *, pipeline_name: str) -> Answer:
        """Return a pipeline by name or ARN."""
        return self._pipelines.find(call.caller.region, pipeline_name).describe()

    @operation
    def list_pipelines(
        self,
        _call: Call,
        *,
        pipeline_name_prefix: str = "",
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        sort_by: str = "CreationTime",
        sort_order: str = "Descending",
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> Answer:
        """List pipelines."""
        pipelines = selected(
            [pipeline for pipeline in self._pipelines.all() if pipeline.name.startswith(pipeline_name_prefix)],
            after=created_after,
            before=created_before,
            sort_by=sort_by,
            sort_order=sort_order,
        )
        summaries = [pipeline.summary() for pipeline in pipelines]
        return Page.of(summaries, next_token, max_results).answer("PipelineSummaries")

    @operation
    def delete_pipeline(self, call: Call, *, pipeline_name: str, **_ignored: object) -> Answer:
        """Delete a pipeline with its executions; refused while one of them runs."""
        # ClientRequestToken: a repeated call finds no pipeline, as it does on AWS once the first has ended.
        pipeline = self._pipelines.find(call.caller.region, pipeline_name)
        self._executions.remove_all(pipeline)
        self._pipelines.remove(pipeline)
        self._tags.forget(pipeline.arn)
        return {"PipelineArn": pipeline.arn}

    def _definition(self, call: Call, text: str | None, location: PipelineDefinitionS3LocationTypeDef | None) -> str:
        if text and not location:
            definition = text
        elif location and not text:
            definition = self._storage.definition(call.caller, location)
        else:
            raise errors.definition_or_location()
        try:
            content: Any = json.loads(definition)
        except ValueError as error:
            raise errors.invalid_definition([f"It is not JSON: {error}."]) from None
        if mistakes := problems(content, to_run=False):
            raise errors.invalid_definition(mistakes)
        return definition


class ExecutionOperations:
    """Operations on executions."""

    def __init__(self, pipelines: Pipelines, executions: Executions) -> None:
        self._pipelines = pipelines
        self._executions = executions

    @operation
    def start_pipeline_execution(
        self,
        call: Call,
        *,
        pipeline_name: str,
        client_request_token: str,
        pipeline_parameters: Sequence[ParameterTypeDef] = (),
        pipeline_execution_display_name: str | None = None,
        pipeline_execution_description: str | None = None,
        parallelism_configuration: ParallelismConfigurationTypeDef | None = None,
    ) -> Answer:
        """Start an execution; the same request again answers with the same execution."""
        pipeline = self._pipelines.find(call.caller.region, pipeline_name)
        execution = self._executions.started_by(pipeline, client_request_token)
        if execution is None:
            execution = self._executions.start(
                pipeline,
                client_request_token,
                call.caller,
                {parameter["Name"]: parameter["Value"] for parameter in pipeline_parameters},
                display_name=pipeline_execution_display_name,
                description=pipeline_execution_description,
                parallelism=parallelism_configuration,
            )
            self._pipelines.put(replace(pipeline, last_run=execution.created))
        return {"PipelineExecutionArn": execution.arn}

    @operation
    def stop_pipeline_execution(self, _call: Call, *, pipeline_execution_arn: str, **_ignored: object) -> Answer:
        """Ask an execution to stop."""
        # ClientRequestToken: an execution that is stopping already goes on stopping.
        self._executions.stop(self._executions.find(pipeline_execution_arn))
        return {"PipelineExecutionArn": pipeline_execution_arn}

    @operation
    def describe_pipeline_execution(self, _call: Call, *, pipeline_execution_arn: str) -> Answer:
        """Return an execution."""
        return self._executions.find(pipeline_execution_arn).describe()

    @operation
    def update_pipeline_execution(
        self,
        call: Call,
        *,
        pipeline_execution_arn: str,
        pipeline_execution_display_name: str | None = None,
        pipeline_execution_description: str | None = None,
        parallelism_configuration: ParallelismConfigurationTypeDef | None = None,
    ) -> Answer:
        """Change an execution; members that are not given stay as they are."""
        execution = self._executions.find(pipeline_execution_arn)
        execution.display_name = pipeline_execution_display_name or execution.display_name
        if pipeline_execution_description is not None:
            execution.description = pipeline_execution_description
        execution.parallelism = parallelism_configuration or execution.parallelism
        execution.last_modified, execution.last_modified_by = now(), user_context(call.caller)
        return {"PipelineExecutionArn": pipeline_execution_arn}

    @operation
    def list_pipeline_executions(
        self,
        call: Call,
        *,
        pipeline_name: str,
        created_after: datetime | None = None,
        created_before: datetime | None = None,
        sort_by: str = "CreationTime",
        sort_order: str = "Descending",
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> Answer:
        """List the executions of a pipeline."""
        executions = selected(
            self._executions.of_pipeline(self._pipelines.find(call.caller.region, pipeline_name)),
            after=created_after,
            before=created_before,
            sort_by=sort_by,
            sort_order=sort_order,
        )
        summaries = [execution.summary() for execution in executions]
        return Page.of(summaries, next_token, max_results).answer("PipelineExecutionSummaries")

    @operation
    def list_pipeline_execution_steps(
        self,
        _call: Call,
        *,
        pipeline_execution_arn: str,
        sort_order: str = "Descending",
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> Answer:
        """List the steps of an execution that have begun."""
        steps = sorted(self._executions.find(pipeline_execution_arn).steps.values(), key=lambda step: step.started)
        if sort_order == "Descending":
            steps.reverse()
        descriptions = [step.describe() for step in steps]
        return Page.of(descriptions, next_token, max_results).answer("PipelineExecutionSteps")

    @operation
    def list_pipeline_parameters_for_execution(
        self, _call: Call, *, pipeline_execution_arn: str, next_token: str | None = None, max_results: int | None = None
    ) -> Answer:
        """List the parameters of an execution, those with their defaults too."""
        values = self._executions.find(pipeline_execution_arn).parameters
        parameters: list[ParameterTypeDef] = [{"Name": name, "Value": value} for name, value in values.items()]
        return Page.of(parameters, next_token, max_results).answer("PipelineParameters")

    @operation
    def describe_pipeline_definition_for_execution(self, _call: Call, *, pipeline_execution_arn: str) -> Answer:
        """Return the definition that an execution runs."""
        execution = self._executions.find(pipeline_execution_arn)
        return {"PipelineDefinition": execution.definition, "CreationTime": execution.created}
