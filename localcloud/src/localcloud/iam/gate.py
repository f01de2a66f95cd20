"""Former names of `callers` and `authorization`, for work that is under way."""

from localcloud.iam.authorization import authorize, authorize_pass_role
from localcloud.iam.callers import Caller, authenticate, known_caller, signed_region, signed_service

__all__ = [
    "Caller",
    "authenticate",
    "authorize",
    "authorize_pass_role",
    "known_caller",
    "signed_region",
    "signed_service",
]
