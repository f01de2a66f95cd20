"""A training job: channels from S3, a process, the model as an archive to S3.

The container's folders and files are those of "How Amazon SageMaker AI Provides Training Information" (SageMaker
Developer Guide).
"""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from localcloud.runners.executions.definition import Step
from localcloud.runners.executions.steps.base import DAY_SECONDS, Job, Result

if TYPE_CHECKING:
    from mypy_boto3_sagemaker.type_defs import MetricDefinitionTypeDef


class FinalMetric(TypedDict):
    """The last value of a metric."""

    MetricName: str
    Value: float


def unsupported(step: Step) -> Iterator[str]:
    """Report channels other than whole S3 prefixes as files, uncompressed models, images' own entry points."""
    arguments = step["Arguments"]
    algorithm = arguments["AlgorithmSpecification"]
    for channel in arguments.get("InputDataConfig", []):
        source = channel["DataSource"].get("S3DataSource", {})
        if source.get("S3DataType") != "S3Prefix":
            yield f"channel {channel['ChannelName']}: only S3DataSource with S3DataType 'S3Prefix' is supported"
        if channel.get("InputMode", algorithm["TrainingInputMode"]) not in ("File", "FastFile"):
            yield f"channel {channel['ChannelName']}: only the input modes File and FastFile are supported"
    if arguments["OutputDataConfig"].get("CompressionType", "GZIP") != "GZIP":
        yield "OutputDataConfig: only CompressionType 'GZIP' is supported"
    if not algorithm.get("ContainerEntrypoint"):
        yield "AlgorithmSpecification needs a ContainerEntrypoint: no image is run, so its own entry point is unknown"


def run(job: Job) -> Result:
    """Run the job."""
    arguments = job.arguments()
    container = job.container
    arn = job.execution.arn(f"training-job/{job.name}")
    environment = _prepare(job, arguments)
    algorithm = arguments["AlgorithmSpecification"]
    container.run(
        [*algorithm["ContainerEntrypoint"], *algorithm.get("ContainerArguments", [])],
        {**environment, "TRAINING_JOB_NAME": job.name, "TRAINING_JOB_ARN": arn, **arguments.get("Environment", {})},
        arguments["StoppingCondition"].get("MaxRuntimeInSeconds", DAY_SECONDS),
        job.stop,
        isolated=arguments.get("EnableNetworkIsolation", False),
    )
    job.stop.check()
    output = arguments["OutputDataConfig"]
    prefix = f"{output['S3OutputPath'].rstrip('/')}/{job.name}/output"
    for folder, archive in (("model", "model.tar.gz"), ("output/data", "output.tar.gz")):
        if folder == "model" or any((container.root / folder).iterdir()):
            packed = _pack(container.root / folder, container.root.parent / archive)
            job.storage.upload_file(packed, f"{prefix}/{archive}", output.get("KmsKeyId"))
    metrics = _metrics(
        container.log.read_text(encoding="utf-8", errors="replace"), algorithm.get("MetricDefinitions", [])
    )
    return Result(
        properties={
            **arguments,
            "TrainingJobName": job.name,
            "TrainingJobArn": arn,
            "TrainingJobStatus": "Completed",
            "ModelArtifacts": {"S3ModelArtifacts": f"{prefix}/model.tar.gz"},
            "FinalMetricDataList": metrics,
        },
        metadata={"TrainingJob": {"Arn": arn}},
        message=", ".join(f"{metric['MetricName']}={metric['Value']:.4g}" for metric in metrics) or None,
    )


def _prepare(job: Job, arguments: Mapping[str, Any]) -> dict[str, str]:
    """Download the channels, write the container's configuration files, and return variables that name its folders.

    The variables are those of SageMaker's training toolkit: a process has no /opt/ml, scripts find their folders so.
    """
    root = job.container.root
    folders = {"INPUT_DIR": "input", "MODEL_DIR": "model", "OUTPUT_DIR": "output", "OUTPUT_DATA_DIR": "output/data"}
    config = root / "input" / "config"
    for folder in (config, *(root / name for name in folders.values())):
        folder.mkdir(parents=True, exist_ok=True)
    channels = arguments.get("InputDataConfig", [])
    for channel in channels:
        job.stop.check()
        folders[f"CHANNEL_{channel['ChannelName'].upper()}"] = f"input/data/{channel['ChannelName']}"
        job.storage.download(
            channel["DataSource"]["S3DataSource"]["S3Uri"], root / "input" / "data" / channel["ChannelName"]
        )
    files = {
        "hyperparameters.json": arguments.get("HyperParameters", {}),
        "inputdataconfig.json": {channel["ChannelName"]: channel for channel in channels},
        "resourceconfig.json": {"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "lo"},
    }
    for name, content in files.items():
        (config / name).write_text(json.dumps(content), encoding="utf-8")
    return {f"SM_{name}": str(root / folder) for name, folder in folders.items()}


def _pack(folder: Path, archive: Path) -> Path:
    with tarfile.open(archive, "w:gz") as tar:
        for path in sorted(folder.iterdir()):
            tar.add(path, path.name)
    return archive


def _metrics(log: str, definitions: list[MetricDefinitionTypeDef]) -> list[FinalMetric]:
    """Return the last value of each metric that the log shows."""
    values = {item["Name"]: re.findall(item["Regex"], log) for item in definitions}
    return [{"MetricName": name, "Value": float(each[-1])} for name, each in values.items() if each]
