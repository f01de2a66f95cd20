"""The policy pack as the real engine runs it: on the command line, and in the delivery's Preview job."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from demo.account import ROOT

from .conftest import Project

if TYPE_CHECKING:
    from localcloud.lifecycle import LocalCloud

pytestmark = pytest.mark.local

# What a commit might add. The provider that the queue doesn't name is the engine's own, without the stack's tags.
BROKEN = """

import json

import pulumi_aws as aws

everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
aws.iam.RolePolicy("too-much", role="somebody", name="too-much", policy=json.dumps(everything), opts=opts)
aws.sqs.Queue("plain", name="abalone-local-plain")
"""
MESSAGES = (
    "statement allows s3:*; name the actions",
    "kmsMasterKeyId names no key of the account",
    "no policy refuses requests without TLS",
    "default tags lack team, project",
)


@pytest.fixture(scope="module")
def deployed(stack_cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Stack `local`, deployed from a copy: a delivery job follows the links of the other checkouts."""
    directory = tmp_path_factory.mktemp("checkout") / "main"
    shutil.copytree(ROOT, directory, ignore=shutil.ignore_patterns(".*", "__pycache__", "docs", "localcloud", "tests"))
    project = Project(stack_cloud, directory)
    project.ok("up", "--yes", "--skip-preview")
    return project


def preview(project: Project) -> subprocess.CompletedProcess[str]:
    return project.run("preview", "--policy-pack", "policy")


def job(project: Project) -> subprocess.CompletedProcess[str]:
    """`python -m delivery.preview` of a stack that is deployed; output and errors together."""
    variables: dict[str, str] = {
        "STACK": "local",
        "PIPELINE_NAME": "abalone-local-delivery",
        "PIPELINE_EXECUTION_ID": "11111111-2222-3333-4444-555555555555",
        "COMMIT_ID": "0" * 40,
        "ARTIFACT_BUCKET": "unused",
    }
    return subprocess.run(
        [sys.executable, "-m", "delivery.preview"],
        cwd=project.directory,
        env={**project.cloud.environment(), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )


def switch_off(config: dict[str, Any]) -> None:
    config["mlops-infra:policies"]["disabled"] = {"tls-only": "the queue has no clients yet"}


def test_the_first_preview_of_the_stack_keeps_the_rules_although_much_is_unknown(project: Project) -> None:
    result = preview(project)
    assert result.returncode == 0, result.stdout
    assert "mandatory" not in result.stdout
    assert "can't run policy" not in result.stdout


def test_a_deployed_stack_keeps_the_rules_and_a_commit_that_breaks_some_is_told_which(deployed: Project) -> None:
    program = deployed.directory / "__main__.py"
    original = program.read_text()
    done = job(deployed)
    assert done.returncode == 0, done.stdout
    assert "policy " not in done.stdout
    program.write_text(original + BROKEN)
    try:
        refused = job(deployed)
        assert refused.returncode == 1, refused.stdout
        assert [message for message in MESSAGES if message not in refused.stdout] == [], refused.stdout
        assert "policy no-action-wildcards" in refused.stdout
        deployed.configure(switch_off)
        warned = job(deployed)
        assert warned.returncode == 1, warned.stdout
        assert "policy no-action-wildcards" in warned.stdout
        assert "policy tls-only" not in warned.stdout, warned.stdout
    finally:
        program.write_text(original)


def test_a_rule_that_is_switched_off_is_in_the_report_of_the_preview(deployed: Project) -> None:
    deployed.configure(switch_off)
    done = job(deployed)
    assert done.returncode == 0, done.stdout
    assert "warning: mlops-infra-local: policy disabled-rules" in done.stdout, done.stdout
    report = done.stdout[done.stdout.index("## Preview of stack") :]
    assert "tls-only is switched off: the queue has no clients yet" in report


def test_an_unknown_rule_is_refused_by_its_key(project: Project) -> None:
    project.configure(lambda config: config["mlops-infra:policies"].update(disabled={"tls": "nobody needs it"}))
    result = preview(project)
    assert result.returncode != 0
    assert '- mlops-infra:policies.disabled.tls: given "tls", expected a mapping of rules' in result.stdout
    assert "Traceback" not in result.stdout
