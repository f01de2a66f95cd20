"""What a dry run of the ML pipeline's definition costs beside the import of what it takes from the SageMaker SDK."""

import os
import sys
from typing import Final

from bench.result import Result, compare
from bench.timing import Command, measure
from demo.account import ROOT

_SDK: Final = (
    "from sagemaker.core.workflow.pipeline_context import PipelineSession; "
    "from sagemaker.mlops.workflow.pipeline import Pipeline"
)
_REGION: Final = "eu-west-1"
_VARIABLES: Final = {
    "PATH": os.environ["PATH"],
    "AWS_REGION": _REGION,
    # The SDK's import creates clients, which look for a region and for credentials.
    "AWS_DEFAULT_REGION": _REGION,
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "SAGEMAKER_PROJECT_NAME": "abalone",
    "SAGEMAKER_PROJECT_ID": "p-abc123def456",
    "SAGEMAKER_PIPELINE_ROLE_ARN": "arn:aws:iam::123456789012:role/abalone-bench-execution",
    "SAGEMAKER_PIPELINE_NAME": "abalone-bench",
    "ARTIFACT_BUCKET": "abalone-bench-artifacts",
    "DATA_BUCKET": "abalone-bench-data",
    "USE_CASE_ID": "abalone",
    "TARGET_COLUMN": "rings",
    "COLUMN_NAMES": "sex,length,rings",
    "MSE_THRESHOLD": "6",
    "COMMIT": "0123456789abcdef0123456789abcdef01234567",
}


def compare_definition() -> Result:
    """Compare a dry run with the SDK's import, in processes of their own."""
    measured = measure(
        {
            "dry run": Command([sys.executable, "-m", "pipeline_def.upsert", "--dry-run"], ROOT, _VARIABLES),
            "import": Command([sys.executable, "-W", "ignore", "-c", _SDK], ROOT, _VARIABLES),
        }
    )
    return compare(
        measured,
        "dry run of the definition / import of the SageMaker SDK",
        "dry run",
        "import",
        limit=1,
        limit_seconds=4,
    )
