"""Service Quotas' operations that read, and the service that they are."""

from __future__ import annotations

from localcloud.http.paging import Page
from localcloud.http.service import Answer, Call, Service, operation
from localcloud.services.servicequotas import access
from localcloud.services.servicequotas.models import Quotas


def servicequotas(quotas: Quotas) -> Service:
    """Return the service."""
    return Service("service-quotas", [QuotaOperations(quotas)], access.permissions, invalid="IllegalArgumentException")


class QuotaOperations:
    """Operations on the quotas that are in force."""

    def __init__(self, quotas: Quotas) -> None:
        self._quotas = quotas

    @operation
    def list_service_quotas(
        self, call: Call, *, service_code: str, next_token: str | None = None, max_results: int | None = None
    ) -> Answer:
        """List the quotas of a service."""
        quotas = [quota.describe(call.caller.region) for quota in self._quotas.of(service_code)]
        return Page.of(quotas, next_token, max_results).answer("Quotas")

    @operation
    def get_service_quota(self, call: Call, *, service_code: str, quota_code: str) -> Answer:
        """Return a quota."""
        return {"Quota": self._quotas.find(service_code, quota_code).describe(call.caller.region)}
