"""The managed policies: what Deploy changes, and what it, Drift and Verify read.

They are several because one holds 6,144 characters ("IAM and AWS STS quotas").
"""

from components import iam
from components.cicd import names
from components.cicd.permissions import analytics, delivery, identity, messaging, storage
from components.cicd.permissions.managed import Managed, changing, reading
from contract.names import QUICKSIGHT_SERVICE_ROLE, Deployment
from settings.models import PipelineSettings

_LOG_FOLDERS = ("aws/lambda", "aws/codebuild", "aws-glue/crawlers-role")


def groups(deployment: Deployment, pipeline: PipelineSettings, connection_arn: str | None) -> dict[str, list[Managed]]:
    """Everything that the program manages, by the noun of the policies about it."""
    return {
        "storage": storage.storage(deployment),
        "messaging": messaging.messaging(deployment),
        "analytics": analytics.analytics(deployment, pipeline),
        "identity": identity.identity(deployment, ["*"]),
        "delivery": [*delivery.delivery(deployment, connection_arn), *messaging.logs(deployment, *_LOG_FOLDERS)],
    }


def read(deployment: Deployment, pipeline: PipelineSettings) -> dict[str, list[iam.Statement]]:
    """Statements that look at all of it, by the noun of their policy."""
    found = groups(deployment, pipeline, None)
    return {
        "read-1": reading([*found["storage"], *found["messaging"]]),
        "read-2": reading([*found["analytics"], *found["identity"], *found["delivery"]]),
    }


def update_roles(deployment: Deployment) -> list[iam.Statement]:
    """Statements that change the pipeline's own roles and their policies, for SelfUpdate."""
    own = identity.identity(deployment, names.ROLES)
    return [*reading(own), *changing(own), *identity.passing(deployment, delivery.PASSED)]


def manage(
    deployment: Deployment, pipeline: PipelineSettings, *, connection_arn: str | None, patch_service_role: bool
) -> dict[str, list[iam.Statement]]:
    """Statements that change all of it, by the noun of their policy."""
    found = groups(deployment, pipeline, connection_arn)
    passing = identity.passing(deployment, {**identity.PASSED, **delivery.PASSED})
    patch = [_patch(deployment)] if patch_service_role else []
    return {
        "manage-storage": changing(found["storage"]),
        "manage-messaging": changing(found["messaging"]),
        "manage-analytics": changing(found["analytics"]),
        "manage-identity": [*changing(found["identity"]), *passing, *patch],
        "manage-delivery": changing(found["delivery"]),
    }


def _patch(deployment: Deployment) -> iam.Statement:
    """The one inline policy on QuickSight's own role, where the configuration asks for it."""
    role = deployment.global_arn("iam", f"role/service-role/{QUICKSIGHT_SERVICE_ROLE}")
    return iam.allow("PatchServiceRole", ["iam:DeleteRolePolicy", "iam:GetRolePolicy", "iam:PutRolePolicy"], [role])
