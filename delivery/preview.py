"""The Preview stage: what a deployment of this commit would change, for the approver and for the Deploy stage.

It runs with a role that can't read the stack's secrets.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import boto3

from delivery import change_set, markdown
from delivery.change_set import ChangeSet
from delivery.engine import say
from delivery.errors import exit_code
from delivery.outputs import write
from delivery.settings import PipelineSettings
from delivery.workspace import PROGRAM, without_secrets

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

REPORT = "preview.md"
CHANGES = "preview.json"


def run(settings: PipelineSettings, s3: "S3Client", program: Path = PROGRAM) -> ChangeSet:
    """Writes the report and the change set, uploads the report, exports CHANGES and PREVIEW_URL."""
    with without_secrets(settings, program) as engine:
        changes = change_set.of(engine.preview(), settings.stack, settings.commit_id)
    report = markdown.render(changes)
    write(REPORT, report)
    write(CHANGES, changes.model_dump_json(indent=1))
    key = report_key(settings)
    s3.put_object(
        Bucket=settings.artifact_bucket, Key=key, Body=report.encode(), ContentType="text/markdown; charset=utf-8"
    )
    say(report)
    write("CHANGES", changes.summary())
    write("PREVIEW_URL", console_link(settings, key))
    return changes


def report_key(settings: PipelineSettings) -> str:
    """Where the report of an execution lies in the artifact bucket."""
    return f"{settings.pipeline_name}/previews/{settings.execution_id}/{REPORT}"


def console_link(settings: PipelineSettings, key: str) -> str:
    """The console's page of an object in S3: whoever opens it needs to be signed in and allowed to read it."""
    query = f"region={settings.region}&prefix={quote(key, safe='')}"
    return f"https://{settings.region}.{_console(settings.region)}/s3/object/{settings.artifact_bucket}?{query}"


def _console(region: str) -> str:
    """The console's domain in the region's partition (service documentation of AWS in China and AWS GovCloud)."""
    if region.startswith("cn-"):
        return "console.amazonaws.cn"
    return "console.amazonaws-us-gov.com" if region.startswith("us-gov-") else "console.aws.amazon.com"


def main() -> None:
    """Previews the stack that the environment names."""
    settings = PipelineSettings.from_environment()
    run(settings, boto3.client("s3", region_name=settings.region))


if __name__ == "__main__":
    sys.exit(exit_code(main))
