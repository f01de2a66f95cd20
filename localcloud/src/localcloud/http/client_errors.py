"""Former names of `localcloud.client_errors` and `localcloud.iam.callers`, for work that is under way."""

from localcloud.client_errors import code_of as error_code
from localcloud.client_errors import message_of as denial_text
from localcloud.iam.callers import clients_of

__all__ = ["DENIALS", "clients_of", "denial_text", "error_code"]

DENIALS = frozenset({"AccessDenied", "AccessDeniedException", "403", "Forbidden"})
