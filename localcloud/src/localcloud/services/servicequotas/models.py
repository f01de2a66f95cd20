"""Quotas, and how each looks on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypedDict

from localcloud.layout import ACCOUNT
from localcloud.services.servicequotas import errors


class QuotaDescription(TypedDict):
    """A quota as ListServiceQuotas answers it; boto3-stubs has no types of this service here."""

    ServiceCode: str
    QuotaArn: str
    QuotaCode: str
    QuotaName: str
    Value: float
    Unit: str
    Adjustable: bool
    GlobalQuota: bool


@dataclass(kw_only=True)
class Quota:
    """A quota of the account in one region."""

    service: str
    code: str
    name: str
    value: float

    def describe(self, region: str) -> QuotaDescription:
        """Return the quota as ListServiceQuotas answers it."""
        return {
            "ServiceCode": self.service,
            "QuotaArn": f"arn:aws:servicequotas:{region}:{ACCOUNT}:{self.service}/{self.code}",
            "QuotaCode": self.code,
            "QuotaName": self.name,
            "Value": self.value,
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }


CONCURRENT_EXECUTIONS: Final = "Concurrent executions"
"""Lambda's quota of the account, which functions reserve of."""

# Names as in "Quotas for AWS CodeBuild" (AWS CodeBuild User Guide) and "Amazon SageMaker AI endpoints and quotas" (AWS
# General Reference), and "Lambda quotas" (AWS Lambda Developer Guide). The codes are made up: nobody has to know them,
# since ListServiceQuotas tells.
_NAMES: Final = {
    "codebuild": (
        "Concurrently running builds for ARM/Large environment",
        "Concurrently running builds for ARM/Medium environment",
        "Concurrently running builds for ARM/Small environment",
        "Concurrently running builds for Linux/Medium environment",
        "Concurrently running builds for Linux/Small environment",
    ),
    "lambda": (CONCURRENT_EXECUTIONS,),
    "sagemaker": (
        "ml.m5.large for processing job usage",
        "ml.m5.large for training job usage",
        "ml.m5.xlarge for processing job usage",
        "ml.m5.xlarge for training job usage",
    ),
}
_VALUE: Final = 20.0
_VALUES: Final = {CONCURRENT_EXECUTIONS: 1000.0}


class Quotas:
    """The account's quotas, the same in each region until one is set."""

    def __init__(self) -> None:
        self._quotas = [
            Quota(service=service, code=f"L-{index:08X}", name=name, value=_VALUES.get(name, _VALUE))
            for index, (service, name) in enumerate((s, name) for s, names in _NAMES.items() for name in names)
        ]

    def of(self, service: str) -> Sequence[Quota]:
        """Return the quotas of a service.

        Raises:
            AwsError: NoSuchResourceException.
        """
        quotas = [quota for quota in self._quotas if quota.service == service]
        if not quotas:
            raise errors.missing(f"The service {service} has no quotas here.")
        return quotas

    def find(self, service: str, code: str) -> Quota:
        """Return a quota.

        Raises:
            AwsError: NoSuchResourceException.
        """
        quota = next((quota for quota in self.of(service) if quota.code == code), None)
        if quota is None:
            raise errors.missing(f"The service {service} has no quota {code}.")
        return quota

    def value(self, service: str, name: str) -> float:
        """Return the value of a quota by its name.

        Raises:
            AwsError: NoSuchResourceException.
        """
        return self._named(service, name).value

    def set(self, service: str, name: str, value: float) -> None:
        """Set a quota by its name, as AWS does when it grants a request.

        Raises:
            AwsError: NoSuchResourceException.
        """
        self._named(service, name).value = value

    def _named(self, service: str, name: str) -> Quota:
        quota = next((quota for quota in self.of(service) if quota.name == name), None)
        if quota is None:
            raise errors.missing(f"The service {service} has no quota {name}.")
        return quota
