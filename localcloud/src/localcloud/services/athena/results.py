"""Query results: written to S3 as the caller of the query, read from there as the caller who asks for them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from localcloud.client_errors import message_of
from localcloud.clients import Clients
from localcloud.services.athena.engine.errors import QueryError
from localcloud.services.athena.engine.types import Column
from localcloud.services.athena.errors import invalid

if TYPE_CHECKING:
    from mypy_boto3_athena.type_defs import ResultConfigurationTypeDef

Row = Sequence[str | None]
_FIELD = re.compile(r'(?:"((?:[^"]|"")*)"|())(,|\n|$)')


@dataclass(frozen=True)
class Destination:
    """Where the results of one execution go, and how they are encrypted there.

    Those of queries are CSV with a header row; those of other statements lines of text.
    """

    bucket: str
    key: str
    settings: ResultConfigurationTypeDef
    is_query: bool

    @classmethod
    def of(cls, settings: ResultConfigurationTypeDef, identifier: str, *, is_query: bool) -> Destination:
        """Return the destination of an execution: a `.csv` for queries, a `.txt` for other statements."""
        place = urlsplit(settings.get("OutputLocation") or "")
        folder = place.path.strip("/")
        name = f"{identifier}.{'csv' if is_query else 'txt'}"
        return cls(place.netloc, f"{folder}/{name}" if folder else name, settings, is_query)

    @property
    def uri(self) -> str:
        """The S3 URI of the results."""
        return f"s3://{self.bucket}/{self.key}"

    def check(self, clients: Clients) -> None:
        """Ask for the bucket as the caller.

        Raises:
            AwsError: InvalidRequestException when it is missing or the caller may not see where it is.
        """
        try:
            clients("s3").get_bucket_location(Bucket=self.bucket, **self._owner())
        except ClientError as error:
            raise invalid(f"Unable to verify/create output bucket {self.bucket}. {message_of(error)}") from error

    def write(self, clients: Clients, columns: Sequence[Column], rows: Iterable[Row]) -> None:
        """Write the results and their metadata.

        Raises:
            QueryError: when the caller may not write there or may not use the key.
        """
        results = _csv(columns, rows) if self.is_query else _lines(rows)
        metadata = json.dumps({"columns": [column.describe() for column in columns]}).encode()
        try:
            for key, content in ((self.key, results), (f"{self.key}.metadata", metadata)):
                clients("s3").put_object(
                    Bucket=self.bucket, Key=key, Body=content, **self._encryption(), **self._owner()
                )
        except ClientError as error:
            raise QueryError(
                "",
                f"Access denied when writing output to url: {self.uri} . Please ensure you are allowed to access the "
                "S3 bucket. If you are encrypting query results with KMS key, please ensure you are allowed to access "
                f"your KMS key. {message_of(error)}",
            ) from error

    def read(self, clients: Clients) -> list[Row]:
        """Return the rows as they lie in S3, a query's header row first.

        Raises:
            AwsError: InvalidRequestException when the caller may not read them, or they are gone.
        """
        try:
            answer = clients("s3").get_object(Bucket=self.bucket, Key=self.key, **self._owner())
        except ClientError as error:
            raise invalid(f"Could not find results at {self.uri}. {message_of(error)}") from error
        text: str = answer["Body"].read().decode()
        return _csv_rows(text) if self.is_query else [line.split("\t") for line in text.split("\n")[:-1]]

    def _owner(self) -> dict[str, str]:
        owner = self.settings.get("ExpectedBucketOwner")
        return {"ExpectedBucketOwner": owner} if owner else {}

    def _encryption(self) -> dict[str, Any]:
        encryption = self.settings.get("EncryptionConfiguration") or {}
        arguments = {"ACL": "bucket-owner-full-control"} if self.settings.get("AclConfiguration") else {}
        if encryption.get("EncryptionOption") == "SSE_KMS":
            return {**arguments, "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": encryption.get("KmsKey")}
        if encryption.get("EncryptionOption") == "SSE_S3":
            return {**arguments, "ServerSideEncryption": "AES256"}
        return arguments


def _csv(columns: Sequence[Column], rows: Iterable[Row]) -> bytes:
    # Athena quotes every value and leaves NULL empty (user guide, "Work with query results and recent queries").
    lines = [_csv_line([column.name for column in columns]), *(_csv_line(row) for row in rows)]
    return "".join(lines).encode()


def _csv_line(row: Row) -> str:
    return ",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in row) + "\n"


def _lines(rows: Iterable[Row]) -> bytes:
    return "".join("\t".join(value or "" for value in row) + "\n" for row in rows).encode()


def _csv_rows(text: str) -> list[Row]:
    """Return the rows of what `_csv` has written; unlike the csv module this tells NULL from an empty value."""
    rows: list[Row] = []
    row: list[str | None] = []
    position = 0
    while position < len(text):
        field = _FIELD.match(text, position)
        if field is None:
            raise invalid("The results in S3 are not what Athena wrote.")
        row.append(None if field[1] is None else field[1].replace('""', '"'))
        position = field.end()
        if field[3] != ",":
            rows.append(row)
            row = []
    return rows
