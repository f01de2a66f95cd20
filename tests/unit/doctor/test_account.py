"""What the account has, and how an examination goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bootstrap.errors import BootstrapError
from bootstrap.reconcile import Setting
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


def reserve_ten(sections: dict[str, Any]) -> None:
    sections["notifications"]["reservedConcurrency"] = 10


@pytest.mark.parametrize(
    ("limit", "unreserved", "reserved", "status", "text"),
    [
        (1000, 400, error("ResourceNotFoundException"), "ok", "300 executions can be reserved"),
        (1000, 100, {"ReservedConcurrentExecutions": 10}, "ok", "10 executions can be reserved"),
        (1000, 100, {}, "lacking", "0 executions can be reserved, needed 10"),
        (10, 10, error("ResourceNotFoundException"), "lacking", "0 executions can be reserved, needed 10"),
    ],
)
def test_concurrency_that_the_account_cannot_reserve_stops_up(
    examination: Examine, limit: int, unreserved: int, reserved: Any, status: str, text: str
) -> None:
    limits = {"ConcurrentExecutions": limit, "UnreservedConcurrentExecutions": unreserved}
    answers = {"lambda": {"get_account_settings": {"AccountLimit": limits}, "get_function_concurrency": reserved}}
    [finding] = account.concurrency(examination(answers, reserve_ten))

    assert (finding.status, finding.text.startswith(text)) == (status, True)
    if status == "lacking":
        assert "InvalidParameterValueException" in finding.text
        # What is unreserved then is a hundred.
        assert f"--quota-code L-B99A9384 --desired-value {limit + 110 - unreserved}, or" in finding.remedy


def test_where_nothing_is_reserved_concurrency_is_not_asked_for(examination: Examine) -> None:
    assert not list(account.concurrency(examination({"lambda": {}})))


class BootstrapPart:
    """A part of the bootstrap, which is there with one setting or not, or can't be read."""

    kind = "part"

    def __init__(
        self, name: str, *, exists: bool = True, is_right: bool = True, fails: Exception | None = None
    ) -> None:
        self.name, self._exists, self._is_right, self._fails = name, exists, is_right, fails

    def exists(self) -> bool:
        if self._fails:
            raise self._fails
        return self._exists

    def create(self) -> None:
        raise AssertionError("the doctor creates nothing")

    def settings(self) -> list[Setting]:
        return [Setting(label="policy document", is_right=lambda: self._is_right, put_right=self.create)]


def test_a_bootstrap_that_is_missing_or_old_stops_up_and_one_part_does_not_hide_the_next(
    examination: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [
        BootstrapPart("secret", fails=error("AccessDeniedException", "DescribeKey")),
        BootstrapPart("foreign", fails=BootstrapError("another account holds the name.")),
        BootstrapPart("fine"),
        BootstrapPart("missing", exists=False),
        BootstrapPart("old", is_right=False),
    ]
    monkeypatch.setattr(account, "parts_of", lambda *_: parts)
    by_subject = {finding.subject: finding for finding in account.bootstrap(examination({}))}
    assert {subject: finding.status for subject, finding in by_subject.items()} == {
        "part secret": "not checked",
        "part foreign": "lacking",
        "part fine": "ok",
        "part missing": "lacking",
        "part old": "lacking",
    }
    assert by_subject["part old"].text == "differs in policy document"
    assert by_subject["part old"].remedy == by_subject["part missing"].remedy == "make bootstrap STACK=local"


def test_an_existing_bucket_that_is_missing_is_lacking_and_hides_nothing(
    examination: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def name_buckets(sections: dict[str, Any]) -> None:
        sections["buckets"] = {"artifacts": "a-lake", "data": "no-such-bucket"}

    def encryption(**parameters: str) -> Any:
        if parameters["Bucket"] == "no-such-bucket":
            return error("NoSuchBucket", "GetBucketEncryption")
        return {"ServerSideEncryptionConfiguration": {"Rules": []}}

    monkeypatch.setattr(account, "parts_of", lambda *_: [BootstrapPart("missing", exists=False)])
    answers = {"s3": {"get_bucket_encryption": encryption}, "kms": {"describe_key": error("NotFoundException")}}
    first, second, third = account.bootstrap(examination(answers, name_buckets))
    assert (first.status, first.subject) == ("ok", "existing bucket a-lake")
    assert second.status == "lacking"
    assert "mlops-infra:buckets.data: given 'no-such-bucket', expected a bucket that exists" in second.text
    assert second.remedy.startswith("create it")
    assert third.subject == "part missing"


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
    findings = list(examine(local, lambda service, region=None: Sts(), probes))
    statuses = ["ok", "ok", "not checked", "not checked", "ok"]
    assert [finding.status for finding in findings] == statuses
    assert findings[3].text == "GetBranch answered InternalFailure: InternalFailure it is"


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
