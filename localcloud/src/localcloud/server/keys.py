"""Access keys."""

import secrets
import string
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class AccessKey:
    """Long-lived credentials of the root user or of an IAM user."""

    access_key_id: str
    secret_access_key: str

    def as_dict(self) -> dict[str, str]:
        """For the credentials file."""
        return asdict(self)


def new_root_key() -> AccessKey:
    """A key of the account's root, made at every start."""
    alphabet = string.ascii_uppercase + string.digits
    return AccessKey("AKIA" + "".join(secrets.choice(alphabet) for _ in range(16)), secrets.token_urlsafe(30))
