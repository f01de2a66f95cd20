"""The crawler's log stream, written with the crawler's role.

Source: Glue developer guide, "Logging and monitoring for AWS Glue crawlers" and "Encrypting data written by crawlers":
without permission to write its log, or to have the log group encrypted, a crawl fails.
"""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from localcloud.http.errors import AwsError
from localcloud.layout import ACCOUNT
from localcloud.server.clients import Clients
from localcloud.services.glue.crawl.errors import CrawlFailed, failed

Record = dict[str, Any]
DEFAULT_GROUP = "/aws-glue/crawlers"


def log_group(role_arn: str, security_configuration: str | None) -> str:
    """The log group of a crawler: of its own with a security configuration, else the one of all crawlers."""
    if not security_configuration:
        return DEFAULT_GROUP
    return f"/aws-glue/crawlers-role/{role_arn.partition(':role/')[2]}-{security_configuration}"


class Log:
    """Writes lines as `[crawl id] LEVEL : text`."""

    def __init__(self, clients: Clients, group: str, stream: str, crawl_id: str) -> None:
        self._logs = clients("logs")
        self._group = group
        self._stream = stream
        self._crawl_id = crawl_id
        self.lines: list[str] = []

    def open(self, encrypt: Callable[[str], None] | None) -> None:
        """Makes group and stream unless they are there; `encrypt(group ARN)` asks for the permission to encrypt.

        Raises:
            CrawlFailed: without the permissions.
        """
        try:
            self._quietly(self._logs.create_log_group, logGroupName=self._group)
            if encrypt:
                region = self._logs.meta.region_name
                encrypt(f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{self._group}")
            self._quietly(self._logs.create_log_stream, logGroupName=self._group, logStreamName=self._stream)
        except ClientError as error:
            raise failed(error) from error
        except AwsError as error:
            raise CrawlFailed(error.message) from error

    def write(self, level: str, text: str) -> None:
        """One line.

        Raises:
            CrawlFailed: without permission.
        """
        line = f"[{self._crawl_id}] {level} : {text}"
        self.lines.append(line)
        event = {"timestamp": int(time.time() * 1000), "message": line}
        try:
            self._logs.put_log_events(logGroupName=self._group, logStreamName=self._stream, logEvents=[event])
        except ClientError as error:
            raise failed(error) from error

    @staticmethod
    def _quietly(operation: Callable[..., Any], **arguments: Any) -> None:
        try:
            operation(**arguments)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ResourceAlreadyExistsException":
                raise


def new_crawl_id() -> str:
    """The id of a crawl."""
    return str(uuid4())
