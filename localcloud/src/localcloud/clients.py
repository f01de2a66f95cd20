"""Access keys, and boto3 clients of the running cloud, for its own parts and for the tools around it."""

import secrets
import string
import threading
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

# Service models are read once: clients of many callers are made, each with a session of its own.
_LOADER: Any = botocore.session.Session().get_component("data_loader")
_LOADER_LOCK = threading.Lock()


@dataclass(frozen=True)
class AccessKey:
    """Long-lived credentials of the root user or of an IAM user."""

    access_key_id: str
    secret_access_key: str

    def as_dict(self) -> dict[str, str]:
        """Return the key for the credentials file."""
        return asdict(self)


def new_root_key() -> AccessKey:
    """Return a new key of the account's root; each start of the cloud has its own."""
    alphabet = string.ascii_uppercase + string.digits
    return AccessKey("AKIA" + "".join(secrets.choice(alphabet) for _ in range(16)), secrets.token_urlsafe(30))


class Clients:
    """Clients of one principal, made on first use; safe to share between threads."""

    def __init__(self, endpoint: str, region: str, key: AccessKey, session_token: str | None = None) -> None:
        self._endpoint = endpoint
        self._region = region
        self._key = key
        self._session_token = session_token
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    @cached_property
    def _session(self) -> Any:
        key, botocore_session = self._key, botocore.session.Session()
        with _LOADER_LOCK:
            botocore_session.register_component("data_loader", _LOADER)
            session = boto3.Session(
                key.access_key_id,
                key.secret_access_key,
                self._session_token,
                self._region,
                botocore_session=botocore_session,
            )
            # Each session adds its own folder to the list once more.
            _LOADER.search_paths[:] = dict.fromkeys(_LOADER.search_paths)
        return session

    def __call__(self, service: str) -> Any:
        """Return the client of a service, e.g. `clients("sns")`."""
        with self._lock:
            if service not in self._clients:
                config = Config(
                    retries={"mode": "standard", "total_max_attempts": 2},
                    connect_timeout=5,
                    read_timeout=60,
                    s3={"addressing_style": "path"},
                    parameter_validation=True,
                )
                self._clients[service] = self._session.client(service, endpoint_url=self._endpoint, config=config)
            return self._clients[service]
