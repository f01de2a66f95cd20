"""Former names of `roles`, for work that is under way."""

from localcloud.iam.roles import RoleSession, assume_role
from localcloud.iam.roles import can_assume_role as assumable

__all__ = ["RoleSession", "assumable", "assume"]


def assume(role_arn: str, service: str, session_name: str, source_arn: str, endpoint: str) -> RoleSession:
    """Assume a role."""
    return assume_role(role_arn, service, session_name=session_name, source_arn=source_arn, endpoint=endpoint)
