"""iam:PassRole for the emulator's services, which do not ask for it themselves.

Source: IAM user guide, "Grant a user permissions to pass a role to an AWS service".
"""

import re
from collections.abc import Callable, Mapping

from localcloud.http.request import Request
from localcloud.iam import gate
from localcloud.services.glue.access import role_arn

_FUNCTIONS = re.compile(r"/2015-03-31/functions/?$|/2015-03-31/functions/[^/]+/configuration$")


def _lambda_roles(request: Request) -> list[str]:
    if request.method not in {"POST", "PUT"} or not _FUNCTIONS.match(request.path):
        return []
    return [request.json().get("Role", "")]


def _events_roles(request: Request) -> list[str]:
    operation = request.headers.get("x-amz-target", "").partition(".")[2]
    given = request.json()
    if operation == "PutRule":
        return [given.get("RoleArn", "")]
    return [target.get("RoleArn", "") for target in given.get("Targets", [])] if operation == "PutTargets" else []


def _glue_roles(request: Request) -> list[str]:
    # Crawlers are served by the local cloud itself; these stay the emulator's.
    operation = request.headers.get("x-amz-target", "").partition(".")[2]
    given = request.json()
    role = {"CreateJob": given.get("Role"), "UpdateJob": (given.get("JobUpdate") or {}).get("Role")}.get(operation)
    return [role_arn(role)] if role else []


def _guard(service: str, roles: Callable[[Request], list[str]]) -> Callable[[Request], None]:
    def guard(request: Request) -> None:
        passed = [role for role in roles(request) if role]
        caller = gate.known_caller(request) if passed else None
        if caller:
            for role in passed:
                gate.authorize_pass_role(caller, role, service)

    return guard


GUARDS: Mapping[str, Callable[[Request], None]] = {
    "lambda": _guard("lambda.amazonaws.com", _lambda_roles),
    "events": _guard("events.amazonaws.com", _events_roles),
    "glue": _guard("glue.amazonaws.com", _glue_roles),
}
"""What to ask before the emulator sees a request, by the service it is signed for."""
