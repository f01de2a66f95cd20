"""Workspace: what one team's ML pipeline works in, handed to most components as a whole."""

import json
from dataclasses import dataclass

import pulumi

from components.foundation.access_logs import AccessLogs, AccessLogsArgs
from components.foundation.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.foundation.storage import Storage, StorageArgs
from contract.layout import DataLayout
from contract.names import ARTIFACTS_BUCKET, DATA_BUCKET, Deployment
from settings import StackSettings
from settings.models import PipelineSettings


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """The ML pipeline, its use case, the buckets that it reads and writes, and the key that encrypts them."""

    deployment: Deployment
    pipeline: PipelineSettings
    use_case_id: str
    artifacts: Storage
    data: Storage
    key_arn: pulumi.Input[str]

    @property
    def layout(self) -> DataLayout:
        """The use case's prefixes in the data bucket."""
        return DataLayout(self.use_case_id)


def create_workspace(settings: StackSettings, opts: pulumi.ResourceOptions) -> Workspace:
    """Create the stack's key, and its two buckets where the settings name none that exist already, with their logs."""
    deployment, layout = settings.deployment, DataLayout(settings.project.use_case_id)
    key_arn = EncryptionKey("encryption", EncryptionKeyArgs(deployment=deployment), opts).key_arn
    existing = {ARTIFACTS_BUCKET: settings.buckets.artifacts, DATA_BUCKET: settings.buckets.data}
    created = [short_name for short_name, bucket in existing.items() if bucket is None]
    access_logs = None
    if created:
        access_logs = AccessLogs("access-logs", AccessLogsArgs(deployment=deployment, short_names=created), opts)
    artifacts = StorageArgs(
        deployment=deployment,
        short_name=ARTIFACTS_BUCKET,
        existing_name=existing[ARTIFACTS_BUCKET],
        key_arn=key_arn,
        access_logs=access_logs,
    )
    data = StorageArgs(
        deployment=deployment,
        short_name=DATA_BUCKET,
        existing_name=existing[DATA_BUCKET],
        key_arn=key_arn,
        expiring_prefixes=layout.expiring,
        access_logs=access_logs,
    )
    return Workspace(
        deployment=deployment,
        pipeline=settings.pipeline,
        use_case_id=layout.use_case_id,
        artifacts=Storage("artifacts", artifacts, opts),
        data=Storage("data", data, opts),
        key_arn=key_arn,
    )


def pipeline_environment(
    workspace: Workspace, settings: StackSettings, role_arn: pulumi.Input[str]
) -> dict[str, pulumi.Input[str]]:
    """Return the variables by name that `python -m pipeline_def.upsert` reads; the role is the execution role.

    The input data is the configured location, or else the data bucket's own input prefix.
    """
    project, pipeline, data = settings.project, workspace.pipeline, workspace.data
    default_input = data.bucket_name.apply(workspace.layout.input_uri)
    return {
        "AWS_REGION": workspace.deployment.region,
        "SAGEMAKER_PROJECT_NAME": project.sagemaker_project_name,
        "SAGEMAKER_PROJECT_ID": project.sagemaker_project_id,
        "SAGEMAKER_PIPELINE_ROLE_ARN": role_arn,
        "SAGEMAKER_PIPELINE_NAME": pipeline.name,
        "ARTIFACT_BUCKET": workspace.artifacts.bucket_name,
        "DATA_BUCKET": data.bucket_name,
        "USE_CASE_ID": workspace.use_case_id,
        "KMS_KEY_ARN": workspace.key_arn,
        "INPUT_DATA_URI": default_input if pipeline.input_data_uri is None else pipeline.input_data_uri,
        "TARGET_COLUMN": pipeline.target_column,
        "COLUMN_NAMES": ",".join(pipeline.column_names),
        "CATEGORICAL_COLUMNS": ",".join(pipeline.categorical_columns),
        "MSE_THRESHOLD": str(pipeline.mse_threshold),
        "PIPELINE_TAGS": json.dumps(settings.all_tags, sort_keys=True),
    }
