"""boto3 clients of the running cloud, for its own parts and for the tools around it."""

import threading
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config

from local.cloud.keys import AccessKey


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
        key = self._key
        return boto3.Session(key.access_key_id, key.secret_access_key, self._session_token, self._region)

    def __call__(self, service: str) -> Any:
        """The client of a service, e.g. `clients("sns")`."""
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
