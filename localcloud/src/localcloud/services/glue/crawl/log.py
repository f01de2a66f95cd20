"""The crawler's log stream, written with the crawler's role, and why a crawl ends early.

Source: Glue developer guide, "Logging and monitoring for AWS Glue crawlers" and "Encrypting data written by crawlers":
without permission to write its log, or to have the log group encrypted, a crawl fails.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from localcloud.client_errors import code_of, is_denied, message_of
from localcloud.clients import Clients
from localcloud.http.errors import AwsError
from localcloud.layout import ACCOUNT

if TYPE_CHECKING:
    from mypy_boto3_logs.client import CloudWatchLogsClient

DEFAULT_GROUP = "/aws-glue/crawlers"
_PRINCIPAL = re.compile(r"User: \S+ is not authorized")


class CrawlFailed(Exception):  # noqa: N818 (a state of a crawl)
    """The crawl fails; the text is LastCrawl's ErrorMessage."""


class CrawlStopped(Exception):  # noqa: N818 (a state of a crawl)
    """Somebody stopped the crawl."""


@contextmanager
def failing_crawl(resource: str | None = None) -> Generator[None]:
    """Turn errors of AWS into the crawl's failure.

    Args:
        resource: the ARN that is asked for, where a denial may leave it out.

    Raises:
        CrawlFailed: Glue names itself in denials, not the role's session.
    """
    try:
        yield
    except ClientError as error:
        text, code = message_of(error, resource), code_of(error)
        if is_denied(error):
            text = _PRINCIPAL.sub("Service Principal: glue.amazonaws.com is not authorized", text)
            raise CrawlFailed(f"{text} (Error Code: {code})") from error
        raise CrawlFailed(f"{code}: {text}") from error


def log_group(role_arn: str, security_configuration: str | None) -> str:
    """Return the log group of a crawler: one of its role with a security configuration, else that of all crawlers."""
    if not security_configuration:
        return DEFAULT_GROUP
    return f"/aws-glue/crawlers-role/{role_arn.partition(':role/')[2]}-{security_configuration}"


class Log:
    """Write lines as `[crawl id] LEVEL : text`.

    Args:
        clients: of the crawler's role.
        group: the log group.
        stream: the log stream.
        crawl_id: begins each line.
    """

    def __init__(self, clients: Clients, group: str, stream: str, crawl_id: str) -> None:
        self._logs: CloudWatchLogsClient = clients("logs")
        self._group = group
        self._stream = stream
        self._crawl_id = crawl_id

    def open(self, encrypt: Callable[[str], None] | None) -> None:
        """Create group and stream unless they are there; `encrypt(group ARN)` asks for the permission to encrypt.

        Raises:
            CrawlFailed: without the permissions.
        """
        with failing_crawl():
            with _unless_there():
                self._logs.create_log_group(logGroupName=self._group)
            if encrypt:
                try:
                    encrypt(f"arn:aws:logs:{self._logs.meta.region_name}:{ACCOUNT}:log-group:{self._group}")
                except AwsError as error:
                    raise CrawlFailed(error.message) from error
            with _unless_there():
                self._logs.create_log_stream(logGroupName=self._group, logStreamName=self._stream)

    def write(self, level: str, text: str) -> None:
        """Write one line.

        Raises:
            CrawlFailed: without permission.
        """
        message = f"[{self._crawl_id}] {level} : {text}"
        with failing_crawl():
            self._logs.put_log_events(
                logGroupName=self._group,
                logStreamName=self._stream,
                logEvents=[{"timestamp": int(time.time() * 1000), "message": message}],
            )


@contextmanager
def _unless_there() -> Generator[None]:
    try:
        yield
    except ClientError as error:
        if code_of(error) != "ResourceAlreadyExistsException":
            raise
