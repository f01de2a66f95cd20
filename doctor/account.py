"""What the account has: the bootstrap, concurrency of Lambda, and quotas that new accounts lack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.commands import existing_buckets, parts_of, require_usable
from bootstrap.errors import BootstrapError
from bootstrap.reconcile import Part, reconcile
from components.cicd.jobs import JOBS
from contract.aws_errors import code_of
from contract.names import NOTIFIER
from doctor.examination import Examination, Finding, lacking, not_checked, ok, warning

_INSTANCE_TYPE: Final = "ml.m5.large"
_COMPUTE_TYPES: Final[Mapping[str, str]] = {"BUILD_GENERAL1_SMALL": "Small", "BUILD_GENERAL1_MEDIUM": "Medium"}


def bootstrap(examination: Examination) -> Iterator[Finding]:
    """Compare what the bootstrap makes with what it would make now."""
    target, clients = examination.target, examination.clients
    for key, bucket in existing_buckets(target).items():
        subject = f"existing bucket {bucket}"
        try:
            require_usable(clients, target, key, bucket)
        except BootstrapError as error:
            yield lacking(subject, error.text.removesuffix("."), error.remedy)
        except (ClientError, BotoCoreError) as error:
            yield not_checked(subject, error)
        else:
            yield ok(subject, "exists, with a key that the stack's roles may use")
    for part in parts_of(clients, target):
        yield _part(part, f"make bootstrap STACK={target.deployment.environment}")


def _part(part: Part, remedy: str) -> Finding:
    subject = f"{part.kind} {part.name}"
    try:
        outcome = reconcile(part, dry_run=True)
    except BootstrapError as error:
        return lacking(subject, error.text.removesuffix("."), error.remedy or f"{remedy}, when that is settled")
    except (ClientError, BotoCoreError) as error:
        return not_checked(subject, error)
    if outcome.status == "unchanged":
        return ok(subject, "as the bootstrap makes it")
    text = "does not exist" if outcome.status == "created" else f"differs in {', '.join(outcome.changes)}"
    return lacking(subject, text, remedy)


_UNRESERVED_CONCURRENCY: Final = 100
_CONCURRENT_EXECUTIONS: Final = "L-B99A9384"
"""The code of Lambda's quota "Concurrent executions"."""


def concurrency(examination: Examination) -> Iterator[Finding]:
    """Compare what the notifier is to reserve with what Lambda lets the account reserve.

    100 executions stay unreserved ("Configuring reserved concurrency for a function", AWS Lambda Developer Guide): less
    is refused by PutFunctionConcurrency.
    """
    target, client = examination.target, examination.clients("lambda")
    needed = target.settings.notifications.reserved_concurrency
    if needed is None:
        return
    limits = client.get_account_settings()["AccountLimit"]
    unreserved = limits["UnreservedConcurrentExecutions"] + _reserved(client, target.deployment.name(NOTIFIER))
    left = unreserved - _UNRESERVED_CONCURRENCY
    subject = "Lambda concurrency"
    if left >= needed:
        yield ok(subject, f"{left} executions can be reserved, needed {needed}")
        return
    text = (
        f"{max(0, left)} executions can be reserved, needed {needed}: PutFunctionConcurrency would answer"
        " InvalidParameterValueException"
    )
    request = (
        f"--service-code lambda --quota-code {_CONCURRENT_EXECUTIONS}"
        f" --desired-value {limits['ConcurrentExecutions'] + needed - left}"
    )
    remedy = (
        f"aws service-quotas request-service-quota-increase {request}, or set"
        " mlops-infra:notifications.reservedConcurrency to null"
    )
    yield lacking(subject, text, remedy)


def _reserved(client: Any, function: str) -> int:
    """Return what the function has reserved already; 0 where there is no such function."""
    try:
        return int(client.get_function_concurrency(FunctionName=function).get("ReservedConcurrentExecutions", 0))
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        return 0


@dataclass(frozen=True, kw_only=True)
class Quota:
    """A quota by its service and name, and the least value with which the stack works."""

    service: str
    name: str
    least: float


def quotas() -> list[Quota]:
    """Return the quotas that some new accounts lack: SageMaker's may be 0, CodeBuild's is 1 by default.

    An execution runs one job after the other. A build of a stage and one beside the delivery pipeline may coincide.

    Sources of the names: "Quotas for AWS CodeBuild" (AWS CodeBuild User Guide), with one a platform and size, such as
    ARM/Small; the edition for China lists one for all builds, so these are "not checked" there. SageMaker's are in the
    message of its ResourceLimitExceeded and in "Amazon SageMaker AI endpoints and quotas" (AWS General Reference).
    """
    jobs = [f"{_INSTANCE_TYPE} for {kind} job usage" for kind in ("processing", "training")]
    sizes = {_COMPUTE_TYPES[job.compute_type]: 1 for job in JOBS if job.stage}
    for job in JOBS:
        if job.stage is None:
            sizes[_COMPUTE_TYPES[job.compute_type]] = 2
    return [
        *(Quota(service="sagemaker", name=name, least=1) for name in jobs),
        *(
            Quota(service="codebuild", name=f"Concurrently running builds for ARM/{size} environment", least=least)
            for size, least in sorted(sizes.items())
        ),
    ]


def service_quotas(examination: Examination) -> Iterator[Finding]:
    """Compare quotas with what executions and deliveries need; less does not stop `up`, but what follows it."""
    needed = quotas()
    client = examination.clients("service-quotas")
    for service in sorted({quota.service for quota in needed}):
        try:
            pages = client.get_paginator("list_service_quotas").paginate(ServiceCode=service)
            values = {quota["QuotaName"]: (quota["Value"], quota["QuotaCode"]) for p in pages for quota in p["Quotas"]}
        except (ClientError, BotoCoreError) as error:
            yield not_checked(f"quotas of {service}", error)
            continue
        for quota in (quota for quota in needed if quota.service == service):
            yield _quota(quota, values.get(quota.name))


def _quota(quota: Quota, current: tuple[float, str] | None) -> Finding:
    subject = f"quota {quota.name}"
    if current is None:
        return Finding(status="not checked", subject=subject, text=f"{quota.service} lists no such quota")
    value, code = current
    if value >= quota.least:
        return ok(subject, f"{value:g}, needed {quota.least:g}")
    request = f"--service-code {quota.service} --quota-code {code} --desired-value {quota.least:g}"
    remedy = f"aws service-quotas request-service-quota-increase {request}"
    return warning(subject, f"{value:g}, needed {quota.least:g}", remedy)
