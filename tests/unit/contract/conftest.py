"""The deployment that names are derived for."""

import pytest

from contract.names import Deployment


@pytest.fixture(scope="session")
def deployment() -> Deployment:
    return Deployment(
        project="abalone",
        environment="local",
        account_id="123456789012",
        region="us-east-1",
        log_retention_days=30,
        removal_protection=False,
    )
