"""A processing job: inputs from S3, a process, outputs to S3.

The container's folders and files are those of "How Amazon SageMaker Processing Runs Your Processing Container Image"
(SageMaker Developer Guide).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from localcloud.runners.executions.definition import Step
from localcloud.runners.executions.steps.base import DAY_SECONDS, Job, Result

_PLAIN_INPUT = {"S3DataType": "S3Prefix", "S3InputMode": "File", "S3CompressionType": "None"}


def unsupported(step: Step) -> Iterator[str]:
    """Report inputs other than S3 prefixes as files, outputs other than folders at the end, images' entry points."""
    arguments = step["Arguments"]
    for item in arguments.get("ProcessingInputs", []):
        source = item.get("S3Input")
        if source is None:
            yield f"input {item['InputName']}: only S3Input is supported"
            continue
        for member, value in _PLAIN_INPUT.items():
            if source.get(member, value) != value:
                yield f"input {item['InputName']}: {member} {source[member]!r} is not supported, only {value!r}"
    for item in _outputs(arguments):
        if item.get("S3Output", {}).get("S3UploadMode") != "EndOfJob":
            yield f"output {item['OutputName']}: only S3Output with S3UploadMode 'EndOfJob' is supported"
    if not arguments["AppSpecification"].get("ContainerEntrypoint"):
        yield "AppSpecification needs a ContainerEntrypoint: no image is run, so its own entry point is unknown"


def run(job: Job) -> Result:
    """Run the job."""
    arguments = job.arguments()
    container = job.container
    arn = job.execution.arn(f"processing-job/{job.name}")
    for item in arguments.get("ProcessingInputs", []):
        job.stop.check()
        job.storage.download(item["S3Input"]["S3Uri"], container.path(item["S3Input"]["LocalPath"]))
    for item in _outputs(arguments):
        container.path(item["S3Output"]["LocalPath"]).mkdir(parents=True, exist_ok=True)
    config = container.root / "config"
    config.mkdir()
    described = {**arguments, "ProcessingJobArn": arn, "ProcessingJobName": job.name}
    (config / "processingjobconfig.json").write_text(json.dumps(described, indent=2), encoding="utf-8")
    hosts = {"current_host": "algo-1", "hosts": ["algo-1"]}
    (config / "resourceconfig.json").write_text(json.dumps(hosts), encoding="utf-8")

    application = arguments["AppSpecification"]
    container.run(
        [*application["ContainerEntrypoint"], *application.get("ContainerArguments", [])],
        arguments.get("Environment", {}),
        arguments.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", DAY_SECONDS),
        job.stop,
        isolated=arguments.get("NetworkConfig", {}).get("EnableNetworkIsolation", False),
    )
    kms_key_id = arguments.get("ProcessingOutputConfig", {}).get("KmsKeyId")
    for item in _outputs(arguments):
        job.stop.check()
        job.storage.upload(container.path(item["S3Output"]["LocalPath"]), item["S3Output"]["S3Uri"], kms_key_id)
    return Result(
        properties={**described, "ProcessingJobStatus": "Completed"},
        metadata={"ProcessingJob": {"Arn": arn}},
        property_files=_property_files(job.step, arguments),
    )


def _outputs(arguments: Mapping[str, Any]) -> list[Any]:
    return arguments.get("ProcessingOutputConfig", {}).get("Outputs", [])


def _property_files(step: Step, arguments: Mapping[str, Any]) -> dict[str, str]:
    uris = {item["OutputName"]: item["S3Output"]["S3Uri"].rstrip("/") for item in _outputs(arguments)}
    return {
        file["PropertyFileName"]: f"{uris[file['OutputName']]}/{file['FilePath']}"
        for file in step.get("PropertyFiles", [])
    }
