"""The doctor against an account: all well, and each planted lack named with its remedy."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from doctor.account import quotas

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .conftest import Project

pytestmark = pytest.mark.local
BOUNDARY = "arn:aws:iam::123456789012:policy/abalone-local-boundary"
REPOSITORY = "mlops-infra"
OTHERS = [{"Key": "project", "Value": "another"}]


def doctor(project: Project) -> tuple[int, dict[str, str]]:
    """The exit code, and the lines by their subject."""
    done = subprocess.run(
        [sys.executable, "-m", "doctor", "--stack", project.stack],
        cwd=project.directory,
        env=project.cloud.environment("root"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr
    lines = [line.strip() for line in done.stdout.splitlines() if line.startswith("  ")]
    assert lines
    return done.returncode, {line[13:].partition(": ")[0]: line for line in lines}


def git(folder: Path, environment: Mapping[str, str], *arguments: str) -> None:
    person = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    subprocess.run(["git", *person, *arguments], cwd=folder, env=environment, check=True, capture_output=True)


def test_a_prepared_account_and_a_deployed_stack_lack_nothing(deployed: Project, tmp_path: Path) -> None:
    codecommit, environment = deployed.root("codecommit"), deployed.cloud.environment("root")
    repository = codecommit.create_repository(repositoryName=REPOSITORY)["repositoryMetadata"]
    git(tmp_path, environment, "init", "--quiet")
    git(tmp_path, environment, "commit", "--quiet", "--allow-empty", "--message", "Begin")
    git(tmp_path, environment, "push", "--quiet", repository["cloneUrlHttp"], "HEAD:main")
    code, lines = doctor(deployed)
    codecommit.delete_repository(repositoryName=REPOSITORY)
    assert code == 0
    assert all(line.startswith("ok") for line in lines.values()), lines
    assert " 0 are free" in lines["names"]
    assert "confirmed" in lines["e-mail subscriptions"]


def plant(project: Project) -> dict[str, tuple[str, str]]:
    """Take something away, or put something in the way, of each kind; return status and remedy by subject."""
    root, cloud = project.root, project.cloud

    def another_use_case(config: dict[str, Any]) -> None:
        config["mlops-infra:project"]["name"] = "other"
        config["mlops-infra:notifications"]["reservedConcurrency"] = 5
        config["mlops-infra:notifications"]["slackChannels"] = [
            {"workspaceId": "T07EA123LEP", "channelId": "C07EZ1ABC23"}
        ]
        config["mlops-infra:kpis"]["lakeFormation"] = {"enabled": True, "analystRoles": []}

    project.configure(another_use_case)
    root("lakeformation").put_data_lake_settings(DataLakeSettings={"DataLakeAdmins": []})
    quota = quotas()[-1]
    cloud.internal("POST", "/_local/quota", {"service": quota.service, "name": quota.name, "value": 0})
    cloud.internal("POST", "/_local/quota", {"service": "lambda", "name": "Concurrent executions", "value": 10})
    root("quicksight").delete_user(AwsAccountId=cloud.account, Namespace="default", UserName="product-owner")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    root("iam").create_role(
        RoleName="other-local-notifier", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}), Tags=OTHERS
    )
    root("s3").create_bucket(Bucket=f"other-local-data-{cloud.account}-{cloud.region}")
    root("events").put_rule(Name="other-local-model-versions", EventPattern='{"source": ["aws.s3"]}', Tags=OTHERS)
    bootstrap = "make bootstrap STACK=local"
    taken = "remove or rename it, or take another project.name than other"
    return {
        "permissions boundary other-local-boundary": ("lacking", bootstrap),
        f"state bucket other-local-state-{cloud.account}-{cloud.region}": ("lacking", bootstrap),
        f"state's access logs other-local-logs-of-state-{cloud.account}-{cloud.region}": ("lacking", bootstrap),
        "CodeCommit repository mlops-infra": ("warning", "aws codecommit create-repository"),
        "QuickSight user product-owner": ("lacking", "aws quicksight list-users"),
        "service-linked role AWSServiceRoleForAWSChatbot": ("lacking", "aws iam create-service-linked-role"),
        "data lake administrator": ("warning", "Data lake administrators"),
        "role other-local-notifier": ("lacking", taken),
        f"bucket other-local-data-{cloud.account}-{cloud.region}": ("lacking", taken),
        "rule other-local-model-versions": ("lacking", taken),
        # The deployed stack's, whose ML pipeline has the same name.
        "model package group abalone-local-stable-models": ("lacking", taken),
        "Lambda concurrency": ("lacking", "aws service-quotas request-service-quota-increase"),
        f"quota {quota.name}": ("warning", "aws service-quotas request-service-quota-increase"),
    }


@pytest.mark.usefixtures("deployed")
def test_each_planted_lack_is_named_with_its_remedy(project: Project) -> None:
    planted = plant(project)
    code, lines = doctor(project)
    assert code == 1
    for subject, (status, remedy) in planted.items():
        assert lines[subject].startswith(status), lines[subject]
        assert remedy in lines[subject].partition("To do: ")[2]
    lacks = {subject for subject, line in lines.items() if line.startswith(("lacking", "warning"))}
    assert lacks - set(planted) == {"KMS key alias/other-local-state"}


def test_without_a_subscription_or_with_another_account_it_says_so(project: Project) -> None:
    project.root("quicksight").delete_account_subscription(AwsAccountId=project.cloud.account)
    code, lines = doctor(project)
    assert code == 1
    assert "sign up once" in lines["QuickSight subscription"]

    def another_account(config: dict[str, Any]) -> None:
        config["mlops-infra:operations"]["accountId"] = "999999999999"
        config["mlops-infra:kpis"]["quicksight"] = {}

    project.configure(another_account)
    code, lines = doctor(project)
    assert code == 1
    assert lines["credentials"].startswith("lacking")
    assert "names" not in lines
