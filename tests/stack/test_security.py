"""The tools of `make security` for real: what they say of the stack, and that they see what is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from demo.account import ROOT
from settings.load import read
from tools.security import scanners
from tools.security.explanations import EXPLANATIONS
from tools.security.findings import Verdict, compare
from tools.security.scanners import export, scan
from tools.security.stacks import committed_stacks, stack_of_state
from tools.toolchain.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    from tools.cloudformation.resources import Resource

    from .conftest import Project

pytestmark = pytest.mark.local

DATA, MESSAGES = ("artifacts", "data"), ("notifications-failed", "notifications-undelivered")
ANYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
ANYBODY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}]}
)
LEFT_OUT = {f"{bucket}-{part}" for bucket in DATA for part in ("policy", "encryption", "versioning")}
# By resource, the inputs that are taken out.
ABSENT = {
    "delivery-deploy-logs": {"kmsKeyId"},
    "delivery-deploy-project": {"encryptionKey"},
    "encryption-key": {"enableKeyRotation"},
    "notifications-notifier-function": {"kmsKeyArn", "tracingConfig"},
    "notifications-notifier-idempotency": {"pointInTimeRecovery", "serverSideEncryption"},
    "notifications-topic": {"kmsMasterKeyId"},
    **{f"{bucket}-public-access-block": {"blockPublicAcls", "restrictPublicBuckets"} for bucket in DATA},
    **{queue: {"kmsMasterKeyId"} for queue in MESSAGES},
}
# By resource, the inputs that are changed.
CHANGED: dict[str, dict[str, Any]] = {
    "delivery-read-1": {"policy": ANYTHING},
    "delivery-verify-policy": {"policy": ANYTHING},
    "delivery-verify-role": {"assumeRolePolicy": ANYBODY},
    "notifications-notifier-function": {"runtime": "python3.8"},
}
# What each tool then says. checkov's rules from CKV_AWS_286 on are of Terraform plans only, those from CKV_AWS_107 to
# CKV_AWS_111 of CloudFormation templates only: both forms of the stack are read.
SEEN = {
    "checkov": {
        ("CKV2_AWS_40", "delivery-read-1"),
        ("CKV2_AWS_6", "data-bucket"),
        ("CKV_AWS_107", "delivery-verify-policy"),
        ("CKV_AWS_111", "delivery-read-1"),
        ("CKV_AWS_119", "notifications-notifier-idempotency"),
        ("CKV_AWS_145", "artifacts-bucket"),
        ("CKV_AWS_158", "delivery-deploy-logs"),
        ("CKV_AWS_173", "notifications-notifier-function"),
        ("CKV_AWS_21", "data-bucket"),
        ("CKV_AWS_26", "notifications-topic"),
        ("CKV_AWS_27", "notifications-failed"),
        ("CKV_AWS_28", "notifications-notifier-idempotency"),
        ("CKV_AWS_286", "delivery-verify-policy"),
        ("CKV_AWS_290", "delivery-read-1"),
        ("CKV_AWS_50", "notifications-notifier-function"),
        ("CKV_AWS_53", "data-public-access-block"),
        ("CKV_AWS_60", "delivery-verify-role"),
        ("CKV_AWS_62", "delivery-verify-policy"),
        ("CKV_AWS_7", "encryption-key"),
    },
    "cdk-nag": {
        ("AwsSolutions-CB4", "delivery-deploy-project"),
        ("AwsSolutions-DDB3", "notifications-notifier-idempotency"),
        ("AwsSolutions-IAM5", "delivery-read-1"),
        ("AwsSolutions-IAM5", "delivery-verify-policy"),
        ("AwsSolutions-KMS5", "encryption-key"),
        ("AwsSolutions-S10", "data-bucket"),
        ("AwsSolutions-S2", "artifacts-bucket"),
    },
    "cfn-lint": {("W2531", "notifications-notifier-function")},
    "cloudsplaining": {
        ("DataExfiltration", "delivery-read-1"),
        ("PrivilegeEscalation", "delivery-verify-policy"),
        ("ResourceExposure", "delivery-verify-policy"),
    },
    "parliament": {
        ("PERMISSIONS_MANAGEMENT_ACTIONS", "delivery-read-1"),
        ("PRIVILEGE_ESCALATION", "delivery-verify-policy"),
    },
}


def with_mistakes(resource: Resource) -> Resource:
    inputs = {name: value for name, value in resource.inputs.items() if name not in ABSENT.get(resource.name, ())}
    return replace(resource, inputs={**inputs, **CHANGED.get(resource.name, {})})


@pytest.fixture(scope="module")
def deployed(shared: Project) -> Project:
    return shared


@pytest.fixture(scope="module")
def verdicts(deployed: Project, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Verdict]]:
    """By stack and tool: stack `local` as it is deployed, and one with the mistakes."""
    state = json.loads(deployed.ok("stack", "export"))
    [declared] = [stack for stack in committed_stacks() if stack.name == "all"]
    assert {*LEFT_OUT, *ABSENT, *CHANGED} <= {resource.name for resource in declared.resources}
    resources = [with_mistakes(resource) for resource in declared.resources if resource.name not in LEFT_OUT]
    stacks = [stack_of_state(state, read("local", ROOT)), replace(declared, resources=resources)]
    findings = scan(export(stacks, tmp_path_factory.mktemp("exports")), Workspace())
    return {
        stack.name: {
            tool: compare([finding for finding in tool_findings if finding.stack == stack.name], EXPLANATIONS)
            for tool, tool_findings in findings.items()
        }
        for stack in stacks
    }


def test_all_that_the_tools_find_in_the_committed_stacks_is_explained_and_every_explanation_needed() -> None:
    judged = subprocess.run(
        [sys.executable, "-m", "tools.security"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=240,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout
    assert "stale explanations: 0" in judged.stdout


def test_all_that_the_tools_find_in_a_deployed_stack_is_explained(verdicts: dict[str, dict[str, Verdict]]) -> None:
    by_tool = verdicts["local"]
    assert {tool: verdict.unexplained for tool, verdict in by_tool.items() if verdict.unexplained} == {}
    # They have read it: what is explained of the declared stack is found here, too.
    explained = {tool for tool, verdict in by_tool.items() if verdict.explained}
    assert explained == {"cdk-nag", "checkov", "cloudsplaining", "parliament"}
    assert len(by_tool["parliament"].explained) > 300


@pytest.mark.parametrize("tool", sorted(SEEN))
def test_a_tool_sees_the_mistakes_in_what_it_is_given(verdicts: dict[str, dict[str, Verdict]], tool: str) -> None:
    unexplained = {(finding.rule, finding.resource) for finding in verdicts["all"][tool].unexplained}
    assert SEEN[tool] <= unexplained


def test_zizmor_sees_a_mistake_in_a_workflow(tmp_path: Path) -> None:
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "broken.yml").write_text(
        "on: pull_request_target\njobs:\n  job:\n    runs-on: ubuntu-24.04\n    steps:\n"
        "      - run: echo ${{ github.event.pull_request.title }}\n"
    )
    rules = {finding.rule for finding in scanners.zizmor(workflows)}
    assert {"dangerous-triggers", "template-injection", "excessive-permissions"} <= rules


def test_no_comment_and_no_settings_hide_what_zizmor_finds(tmp_path: Path) -> None:
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "broken.yml").write_text(
        "on: pull_request_target # zizmor: ignore[dangerous-triggers]\njobs:\n  job:\n    runs-on: ubuntu-24.04\n"
        "    steps:\n      - run: echo ${{ github.event.pull_request.title }}\n"
    )
    (tmp_path / ".github" / "zizmor.yml").write_text("rules:\n  template-injection:\n    disable: true\n")
    rules = {finding.rule for finding in scanners.zizmor(workflows)}
    assert {"dangerous-triggers", "template-injection"} <= rules
