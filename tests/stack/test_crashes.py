"""kill -9 in the middle of an up: after `pulumi cancel` and `up` the stack is whole, and nothing exists twice."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from localcloud import inventory

from .conftest import Project, eventually, scratch_checkout

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.lifecycle import LocalCloud

pytestmark = pytest.mark.local


def engines(project: Project, name: str) -> list[psutil.Process]:
    """The processes of one program that work for this project's cloud."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        try:
            if (
                name in " ".join(process.cmdline())
                and process.environ().get("PULUMI_BACKEND_URL") == project.cloud.state["backend_url"]
            ):
                found.append(process)
        except psutil.Error:
            continue
    return found


# What the inventory counts, by the engine's types.
COUNTED = {
    "athena": {"aws:athena/workgroup:Workgroup", "aws:athena/namedQuery:NamedQuery"},
    "cloudwatch": {"aws:cloudwatch/metricAlarm:MetricAlarm"},
    "codebuild": {"aws:codebuild/project:Project"},
    "codepipeline": {"aws:codepipeline/pipeline:Pipeline"},
    "dynamodb": {"aws:dynamodb/table:Table"},
    "events": {"aws:cloudwatch/eventRule:EventRule"},
    "glue": {
        "aws:glue/catalogDatabase:CatalogDatabase",
        "aws:glue/classifier:Classifier",
        "aws:glue/crawler:Crawler",
        "aws:glue/securityConfiguration:SecurityConfiguration",
    },
    "iam": {"aws:iam/role:Role"},
    "kms": {"aws:kms/key:Key"},
    # Each gets a grant by Lake Formation's default settings.
    "lakeformation": {"aws:glue/catalogDatabase:CatalogDatabase", "aws:glue/catalogTable:CatalogTable"},
    "lambda": {"aws:lambda/function:Function"},
    "logs": {"aws:cloudwatch/logGroup:LogGroup"},
    "quicksight": {
        "aws:quicksight/dataSource:DataSource",
        "aws:quicksight/dataSet:DataSet",
        "aws-native:quicksight:Dashboard",
    },
    "s3": {"aws:s3/bucket:Bucket"},
    "sagemaker": {"aws-native:sagemaker:ModelPackageGroup"},
    "sns": {"aws:sns/topic:Topic"},
    "sqs": {"aws:sqs/queue:Queue"},
}


def registered(project: Project) -> dict[str, int]:
    """How many of each service the engine's state holds: each resource of the program, once."""
    types = [resource["type"] for resource in project.resources()]
    return {service: sum(types.count(kind) for kind in kinds) for service, kinds in COUNTED.items()}


@pytest.mark.parametrize("victim", ["cli", "provider"])
@pytest.mark.parametrize("after", [4, 14])
def test_killed_in_mid_up_it_is_whole_after_cancel_and_up(
    new_cloud: Callable[..., LocalCloud], tmp_path: Path, victim: str, after: int
) -> None:
    cloud = new_cloud()
    project = Project(cloud, scratch_checkout(tmp_path / "main"))
    before = inventory.take(project.root)

    process = project.start("up", "--yes", "--skip-preview", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    eventually(
        lambda: (
            sum(inventory.left(before, inventory.take(project.root)).values()) >= after or process.poll() is not None
        )
    )
    assert process.poll() is None, "the up was over before it could be killed"
    if victim == "cli":
        process.send_signal(signal.SIGKILL)
    else:
        for provider in engines(project, "localcloud.provider"):
            os.kill(provider.pid, signal.SIGKILL)
    process.wait(60)
    eventually(lambda: not engines(project, "localcloud.provider"))

    project.run("cancel", "--yes")
    project.ok("up", "--yes", "--skip-preview")
    assert project.changes("up") == {}
    assert project.changes("refresh", "--expect-no-changes") == {}
    whole = inventory.left(before, inventory.take(project.root))
    assert {service: count for service, count in whole.items() if count} == registered(project)
    project.changes("destroy")
    assert not any(inventory.left(before, inventory.take(project.root)).values())
