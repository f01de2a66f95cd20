"""The Preview stage: reports what a deployment of this commit would change, to the approver and the Deploy stage.

Its role can't read the stack's secrets.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from contract import console
from contract.encryption import encrypt_with
from contract.layout import PREVIEW_CHANGES, PREVIEW_REPORT, DeliveryArtifacts
from contract.names import CHANGES_VARIABLE, PREVIEW_VARIABLE
from delivery import change_set, report
from delivery.change_set import ChangeSet
from delivery.environment import ActionEnvironment
from delivery.job import exit_code, log, write_output
from delivery.workspace import PROGRAM, without_secrets

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def run(environment: ActionEnvironment, s3: "S3Client", program: Path = PROGRAM) -> ChangeSet:
    """Write the report and the change set, upload the report, export CHANGES and PREVIEW_URL."""
    with without_secrets(environment, program) as engine:
        changes = change_set.of(engine.preview(), environment.stack, environment.commit_id)
    text = report.render(changes)
    write_output(PREVIEW_REPORT, text)
    write_output(PREVIEW_CHANGES, changes.model_dump_json(indent=1))
    key = DeliveryArtifacts(environment.pipeline_name).preview_report_key(environment.execution_id)
    s3.put_object(
        Bucket=environment.artifact_bucket,
        Key=key,
        Body=text.encode(),
        ContentType="text/markdown; charset=utf-8",
        **encrypt_with(environment.key_arn),
    )
    log(text)
    write_output(CHANGES_VARIABLE, changes.summary())
    write_output(PREVIEW_VARIABLE, console_link(environment, key))
    return changes


def console_link(environment: ActionEnvironment, key: str) -> str:
    """Return the console's page of an object in the artifact bucket; its URI where the console isn't public.

    Whoever opens it needs to be signed in and allowed to read the object.
    """
    uri = f"s3://{environment.artifact_bucket}/{key}"
    return console.s3_object(environment.region, uri) or uri


def main() -> None:
    """Preview the stack that the environment names."""
    environment = ActionEnvironment.from_environment()
    run(environment, boto3.client("s3", region_name=environment.region))


if __name__ == "__main__":
    sys.exit(exit_code(main))
