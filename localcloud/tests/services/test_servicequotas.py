"""Service Quotas: what is listed, and a quota that is set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from .conftest import Deployment

pytestmark = pytest.mark.local


def test_quotas_are_listed_in_pages_and_described(deployment: Deployment) -> None:
    quotas = deployment.root("service-quotas")
    pages = quotas.get_paginator("list_service_quotas").paginate(
        ServiceCode="codebuild", PaginationConfig={"PageSize": 2}
    )
    listed = [quota for page in pages for quota in page["Quotas"]]
    assert len(listed) == 5
    assert len({quota["QuotaCode"] for quota in listed}) == 5
    one = quotas.get_service_quota(ServiceCode="codebuild", QuotaCode=listed[0]["QuotaCode"])["Quota"]
    assert one == listed[0]
    with pytest.raises(ClientError, match="NoSuchResourceException"):
        quotas.get_service_quota(ServiceCode="codebuild", QuotaCode="L-0")
    with pytest.raises(ClientError, match="NoSuchResourceException"):
        quotas.list_service_quotas(ServiceCode="nothing")


def test_a_quota_can_be_set(deployment: Deployment) -> None:
    name = "ml.m5.xlarge for training job usage"
    deployment.cloud.internal("POST", "/_local/quota", {"service": "sagemaker", "name": name, "value": 3})
    [quota] = [
        quota
        for quota in deployment.root("service-quotas").list_service_quotas(ServiceCode="sagemaker")["Quotas"]
        if quota["QuotaName"] == name
    ]
    assert quota["Value"] == 3
