"""Verification of the real stack: its parts, and the rules of the notifier."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from .conftest import Project
from .verification import failures, run, verify

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.lifecycle import LocalCloud

pytestmark = pytest.mark.local


def test_before_the_first_upsert_a_person_reads_what_is_to_do(deployed: Project) -> None:
    done = verify(deployed)
    assert done.returncode == 0, done.stdout + done.stderr
    [line] = [line for line in done.stdout.splitlines() if line.startswith("todo")]
    assert "ML pipeline abalone-local" in line
    assert "not upserted yet" in line


def test_in_the_delivery_pipeline_a_missing_ml_pipeline_is_a_failure(deployed: Project) -> None:
    done = verify(deployed, CODEBUILD_INITIATOR="codepipeline/abalone-local-delivery")
    assert done.returncode == 1
    [failed] = failures(done)
    assert "ML pipeline" in failed
    assert "expected an answer to DescribePipeline" in failed
    assert "stack local does not work as deployed: 1 check failed" in done.stderr


def test_everything_passes_once_the_pipeline_is_there_and_each_break_is_named(deployed: Project) -> None:
    environment = deployed.outputs()["pipeline_environment"]
    name, role = environment["SAGEMAKER_PIPELINE_NAME"], environment["SAGEMAKER_PIPELINE_ROLE_ARN"]
    stop = {"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "never started"}}
    definition = json.dumps({"Version": "2020-12-01", "Metadata": {}, "Parameters": [], "Steps": [stop]})
    sagemaker = deployed.cloud.client("sagemaker", "deployer")
    sagemaker.create_pipeline(
        PipelineName=name, PipelineDefinition=definition, ClientRequestToken="t" * 32, RoleArn=role
    )
    done = verify(deployed)
    assert done.returncode == 0, done.stdout + done.stderr

    deployed.root("events").disable_rule(Name="abalone-local-model-versions")
    bucket = deployed.outputs()["data_bucket"]
    deployed.root("s3").delete_public_access_block(Bucket=bucket)
    done = verify(deployed)
    failed = failures(done)
    assert done.returncode == 1
    assert any("rule abalone-local-model-versions" in line and "DISABLED; expected ENABLED" in line for line in failed)
    assert any(line.startswith("FAIL  buckets") for line in failed)
    deployed.root("events").enable_rule(Name="abalone-local-model-versions")


def test_rules_of_the_notifier_that_send_elsewhere_or_are_gone_are_named(deployed: Project) -> None:
    events = deployed.root("events")
    queue = "arn:aws:sqs:us-east-1:123456789012:abalone-local-notifications-failed"
    for short_name in ("failed-executions", "failed-crawls", "waiting-approvals"):
        events.put_targets(Rule=f"abalone-local-{short_name}", Targets=[{"Id": "notifier", "Arn": queue}])
    events.remove_targets(Rule="abalone-local-failed-deliveries", Ids=["notifier"])
    events.delete_rule(Name="abalone-local-failed-deliveries")

    failed = [line for line in failures(verify(deployed)) if "local-" in line]
    for short_name in ("failed-executions", "failed-crawls", "waiting-approvals"):
        assert any(f"targets of abalone-local-{short_name} " in line and queue in line for line in failed), failed
    assert any("rule abalone-local-failed-deliveries" in line and "missing" in line for line in failed), failed
    assert not any("abalone-local-model-versions" in line for line in failed), failed


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"AWS_ACCESS_KEY_ID": "AKIAUNKNOWN000000000"}, "AWS refuses these credentials: InvalidClientTokenId"),
        ({"AWS_ENDPOINT_URL": "http://localhost:9"}, "AWS can't be reached"),
        ({"AWS_PROFILE": "nobody", "AWS_ACCESS_KEY_ID": ""}, "nobody"),
        ({"STACK": "dev"}, "stack dev is not deployed: `make up STACK=dev`"),
    ],
    ids=["credentials", "endpoint", "profile", "stack"],
)
def test_a_person_reads_within_seconds_what_is_wrong(
    deployed: Project, variables: dict[str, str], message: str
) -> None:
    began = time.monotonic()
    done = run(deployed, variables)
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert time.monotonic() - began < 30


def test_a_stack_that_is_not_deployed_is_named_with_the_command_and_not_created(
    new_cloud: Callable[..., LocalCloud],
) -> None:
    project = Project(new_cloud())
    done = run(project, project.cloud.environment("root"))
    assert done.returncode == 1
    assert done.stderr.strip() == "stack local is not deployed: `pulumi up --stack local`"
    assert "no stack named 'local' found" in project.run("stack", "export").stdout
