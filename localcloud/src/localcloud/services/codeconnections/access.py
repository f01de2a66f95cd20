"""What a caller needs for each operation of CodeConnections, and who hands a connection to a service or uses it.

Both names of the service are prefixes of actions: an existing connection's ARN decides, for a new one the name that the
call is for (developer tools console user guide, "AWS CodeConnections permissions reference").
"""

from collections.abc import Callable

from localcloud.http.service import Call, Permission
from localcloud.iam.roles import RoleSession
from localcloud.layout import ACCOUNT


def permissions(prefix: str) -> Callable[[Call], list[Permission]]:
    """Return what tells the permissions of a call to the service under one of its names.

    Source: service authorization reference, "Actions, resources, and condition keys for AWS CodeConnections": creating
    takes no resource.
    """

    def permissions_of(call: Call) -> list[Permission]:
        if arn := call.get("ConnectionArn") or call.get("ResourceArn"):
            return [(f"{_prefix(arn)}:{call.operation}", arn, {})]
        every = f"arn:aws:{prefix}:{call.caller.region}:{ACCOUNT}:connection/*"
        resource = every if call.operation == "ListConnections" else "*"
        needed: list[Permission] = [(f"{prefix}:{call.operation}", resource, {})]
        if call.get("Tags"):
            needed.append((f"{prefix}:TagResource", every, {}))
        return needed

    return permissions_of


def pass_permission(connection_arn: str, service: str) -> Permission:
    """Return what passing a connection to a service takes (developer tools console user guide)."""
    prefix = _prefix(connection_arn)
    return f"{prefix}:PassConnection", connection_arn, {f"{prefix}:PassedToService": service}


def authorize_use(session: RoleSession, connection_arn: str, repository: str) -> None:
    """Ask IAM whether a role may use a connection for the repository `owner/name`.

    Raises:
        AwsError: AccessDeniedException.
    """
    # The condition key limits a statement to repositories (CodePipeline user guide, connections permissions).
    prefix = _prefix(connection_arn)
    session.authorize(f"{prefix}:UseConnection", connection_arn, {f"{prefix}:FullRepositoryId": repository})


def _prefix(connection_arn: str) -> str:
    return connection_arn.split(":")[2]
