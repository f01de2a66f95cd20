"""The environment that `python -m pipeline_def.upsert` runs in: where this stack's pipeline lives and what it reads."""

import pulumi

from components.execution_role import ExecutionRole
from components.workspace import Workspace
from settings.models import ProjectSettings


def pipeline_environment(
    project: ProjectSettings, workspace: Workspace, execution: ExecutionRole
) -> dict[str, pulumi.Input[str]]:
    """Variables by name; the input data is the configured location, else the data bucket's own input prefix."""
    pipeline, data = workspace.pipeline, workspace.data
    own_input = data.bucket_name.apply(workspace.layout.input_uri)
    return {
        "AWS_REGION": workspace.deployment.region,
        "SAGEMAKER_PROJECT_NAME": project.sagemaker_project_name,
        "SAGEMAKER_PROJECT_ID": project.sagemaker_project_id,
        "SAGEMAKER_PIPELINE_ROLE_ARN": execution.role_arn,
        "SAGEMAKER_PIPELINE_NAME": pipeline.name,
        "ARTIFACT_BUCKET": workspace.artifacts.bucket_name,
        "DATA_BUCKET": data.bucket_name,
        "USE_CASE_ID": workspace.use_case_id,
        "KMS_KEY_ARN": workspace.key_arn,
        "INPUT_DATA_URI": own_input if pipeline.input_data_uri is None else pipeline.input_data_uri,
        "TARGET_COLUMN": pipeline.target_column,
        "COLUMN_NAMES": ",".join(pipeline.column_names),
        "MSE_THRESHOLD": str(pipeline.mse_threshold),
    }
