"""What the account has, and how an examination goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bootstrap.reconcile import Outcome
from doctor import account
from doctor.examination import Examination, Finding, examine

from .conftest import error

if TYPE_CHECKING:
    from bootstrap.target import Target

    from .conftest import Examine


def test_quotas_are_compared_by_name_and_the_request_is_ready_to_run(examination: Examine) -> None:
    def listed(**parameters: str) -> Any:
        quotas = [quota for quota in account.quotas() if quota.service == parameters["ServiceCode"]]
        assert quotas
        values = [0 if quota.name == "ml.m5.large for training job usage" else 4 for quota in quotas]
        return [
            {"Quotas": [{"QuotaName": quota.name, "Value": value, "QuotaCode": "L-1"}]}
            for quota, value in zip(quotas, values, strict=True)
        ]

    findings = list(account.service_quotas(examination({"service-quotas": {"list_service_quotas": listed}})))
    assert len(findings) == len(account.quotas()) == 4
    [lack] = [finding for finding in findings if finding.status != "ok"]
    assert (lack.status, lack.subject) == ("warning", "quota ml.m5.large for training job usage")
    assert "--service-code sagemaker --quota-code L-1 --desired-value 1" in lack.remedy


def test_who_may_not_see_quotas_hears_that_they_were_not_checked(examination: Examine) -> None:
    refused = error("AccessDeniedException", "ListServiceQuotas")
    findings = list(account.service_quotas(examination({"service-quotas": {"list_service_quotas": refused}})))
    assert [finding.status for finding in findings] == ["not checked", "not checked"]
    assert all("ListServiceQuotas" in finding.text for finding in findings)


def test_a_bootstrap_that_is_missing_or_old_stops_up(examination: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = [
        Outcome(kind="KMS key", name="alias/k", status="unchanged"),
        Outcome(kind="state bucket", name="b", status="created"),
        Outcome(kind="permissions boundary", name="p", status="updated", changes=("policy document",)),
    ]
    monkeypatch.setattr(account, "apply", lambda *_, dry_run: iter(outcomes) if dry_run else iter(()))
    findings = list(account.bootstrap(examination({})))
    assert [finding.status for finding in findings] == ["ok", "lacking", "lacking"]
    assert findings[2].text == "differs in policy document"
    assert findings[1].remedy == findings[2].remedy == "make bootstrap STACK=local"


def test_a_probe_that_fails_does_not_stop_the_next_ones(local: Target) -> None:
    class Sts:
        @staticmethod
        def get_caller_identity() -> dict[str, str]:
            return {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/a"}

    def refused(_: Examination) -> Any:
        yield Finding(status="ok", subject="first", text="seen")
        raise error("AccessDenied", "GetRole")

    def broken(_: Examination) -> Any:
        raise error("InternalFailure", "GetBranch")

    def fine(_: Examination) -> Any:
        yield Finding(status="ok", subject="last", text="seen")

    probes = {"refused": refused, "broken": broken, "fine": fine}
    found = list(examine(local, lambda service, region=None: Sts(), probes))
    statuses = ["ok", "ok", "not checked", "not checked", "ok"]
    assert [finding.status for finding in found] == statuses
    assert found[3].text == "GetBranch answered InternalFailure: InternalFailure it is"


def test_credentials_of_another_account_end_the_examination(local: Target) -> None:
    class Sts:
        @staticmethod
        def get_caller_identity() -> dict[str, str]:
            return {"Account": "999999999999", "Arn": "arn:aws:iam::999999999999:user/a"}

    def asked(_: Examination) -> Any:
        raise AssertionError("nothing else is asked")

    [finding] = examine(local, lambda service, region=None: Sts(), {"other": asked})
    assert finding.status == "lacking"
    assert "999999999999" in finding.text
