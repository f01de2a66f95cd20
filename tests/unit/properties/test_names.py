"""Derived names are those that AWS takes, and of two environments never the same."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from contract.names import DeliveryNames, Deployment, KpiNames, fit

PROJECTS = st.from_regex(r"[a-z][a-z0-9-]{1,18}[a-z0-9]", fullmatch=True)
STACKS = st.from_regex(r"[a-z][a-z0-9]{1,7}", fullmatch=True)
REGIONS = st.sampled_from(["us-east-1", "ap-southeast-2", "us-gov-west-1", "cn-northwest-1"])
DEPLOYMENTS = st.builds(
    Deployment,
    project=PROJECTS,
    environment=STACKS,
    account_id=st.just("123456789012"),
    region=REGIONS,
    log_retention_days=st.just(7),
    removal_protection=st.just(False),
)
SHORT_NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,40}[a-z0-9]", fullmatch=True)


@given(name=st.text(min_size=1), limit=st.integers(10, 128))
def test_a_fitted_name_fits_and_stays_where_it_fits_already(name: str, limit: int) -> None:
    fitted = fit(name, limit)
    assert len(fitted) <= limit
    assert fit(fitted, limit) == fitted
    assert (fitted == name) == (len(name) <= limit)


@given(deployment=DEPLOYMENTS, one=SHORT_NAMES, other=SHORT_NAMES)
def test_two_short_names_never_give_one_name(deployment: Deployment, one: str, other: str) -> None:
    for limit in (64, 100):
        assert (deployment.name(one, limit) == deployment.name(other, limit)) == (one == other)


@given(deployment=DEPLOYMENTS)
def test_buckets_roles_and_pipelines_have_names_that_aws_takes(deployment: Deployment) -> None:
    for short_name in ("artifacts", "data", "state"):
        # "Bucket naming rules" (Amazon S3 User Guide).
        assert re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", deployment.bucket_name(short_name))
    assert re.fullmatch(r"[\w+=,.@-]{1,64}", deployment.name("sagemaker-execution"))
    assert re.fullmatch(r"[A-Za-z0-9.@_-]{1,100}", DeliveryNames(deployment).pipeline)
    assert re.fullmatch(r"[a-z0-9_]{1,255}", KpiNames(deployment).database)
