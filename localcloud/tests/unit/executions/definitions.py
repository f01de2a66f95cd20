"""Steps of made-up pipelines, as short as the API allows."""

from functools import cache
from typing import Any

import boto3

from localcloud.runners.executions.definition import Step

REGION = "us-east-1"
BUCKET = "bucket"
ROLE = "arn:aws:iam::123456789012:role/execution-role"
PIPELINE = f"arn:aws:sagemaker:{REGION}:123456789012:pipeline/pipe"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/image:1"


@cache
def client(service: str) -> Any:
    """A client for moto, made once: most of a test's time would go into making it."""
    make: Any = boto3.client
    return make(service, REGION, aws_access_key_id="test", aws_secret_access_key="test")


def processing(name: str, program: str, *arguments: Any, **changes: Any) -> Step:
    """A processing step that runs a Python program on input/data.csv, with the output folder "out" as `sys.argv[1]`."""
    folder = "/opt/ml/processing/out"
    source = {
        "S3Uri": f"s3://{BUCKET}/input/",
        "LocalPath": "/opt/ml/processing/input",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
    }
    target = {"S3Uri": f"s3://{BUCKET}/{name}/out", "LocalPath": folder, "S3UploadMode": "EndOfJob"}
    return {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "AppSpecification": {
                "ImageUri": IMAGE,
                "ContainerEntrypoint": ["python3", "-c", program],
                "ContainerArguments": [folder, *arguments],
            },
            "ProcessingInputs": [{"InputName": "input", "S3Input": source}],
            "ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": target}]},
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
            },
            "RoleArn": ROLE,
            **changes,
        },
    }


def training(name: str, program: str, **changes: Any) -> Step:
    """A training step that runs a Python program on the channel "train"."""
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/input/", "S3DataDistributionType": "FullyReplicated"}
    return {
        "Name": name,
        "Type": "Training",
        "Arguments": {
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "ContainerEntrypoint": ["python3", "-c", program],
                "MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+)"}],
            },
            "HyperParameters": {"depth": "3"},
            "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}}],
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            "RoleArn": ROLE,
            **changes,
        },
    }


def fail(name: str, message: Any) -> Step:
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}}


def condition(
    name: str, *conditions: dict[str, Any], yes: list[Step] | None = None, no: list[Step] | None = None
) -> Step:
    arguments = {"Conditions": list(conditions), "IfSteps": yes or [], "ElseSteps": no or []}
    return {"Name": name, "Type": "Condition", "Arguments": arguments}


def register(name: str, group: str, model: Any) -> Step:
    return {
        "Name": name,
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": group,
            "InferenceSpecification": {"Containers": [{"Image": IMAGE, "ModelDataUrl": model}]},
        },
    }
