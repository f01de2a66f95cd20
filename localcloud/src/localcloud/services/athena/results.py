"""Query results: written to S3 as the caller of the query, read from there as the caller who asks for them."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from localcloud.http.client_errors import denial_text
from localcloud.server.clients import Clients
from localcloud.services.athena.engine.errors import QueryError
from localcloud.services.athena.engine.types import Column
from localcloud.services.athena.errors import invalid

Record = dict[str, Any]
Row = Sequence[str | None]
_FIELD = re.compile(r'(?:"((?:[^"]|"")*)"|())(,|\n|$)')


@dataclass(frozen=True)
class Destination:
    """Where the results of one execution go, and how they are encrypted there."""

    bucket: str
    key: str
    settings: Record

    @classmethod
    def of(cls, configuration: Record, identifier: str, *, query: bool) -> "Destination":
        """From a ResultConfiguration with its OutputLocation; queries give `.csv`, other statements `.txt`."""
        place = urlsplit(configuration["OutputLocation"])
        folder = place.path.strip("/")
        name = f"{identifier}.{'csv' if query else 'txt'}"
        return cls(place.netloc, f"{folder}/{name}" if folder else name, configuration)

    @property
    def uri(self) -> str:
        """The S3 URI of the results."""
        return f"s3://{self.bucket}/{self.key}"

    def check(self, clients: Clients) -> None:
        """Asks for the bucket as the caller.

        Raises:
            AwsError: InvalidRequestException when it is missing or the caller may not see where it is.
        """
        try:
            clients("s3").get_bucket_location(Bucket=self.bucket, **self._owner())
        except ClientError as error:
            raise invalid(f"Unable to verify/create output bucket {self.bucket}. {denial_text(error)}") from error

    def write(self, clients: Clients, columns: Sequence[Column], rows: Iterable[Row], *, query: bool) -> None:
        """Writes the results and their metadata.

        Raises:
            QueryError: when the caller may not write there or may not use the key.
        """
        body = _csv(columns, rows) if query else _text(rows)
        metadata = json.dumps({"columns": [column.info() for column in columns]}).encode()
        try:
            for key, content in ((self.key, body), (f"{self.key}.metadata", metadata)):
                clients("s3").put_object(
                    Bucket=self.bucket, Key=key, Body=content, **self._encryption(), **self._owner()
                )
        except ClientError as error:
            raise QueryError(
                "",
                f"Access denied when writing output to url: {self.uri} . Please ensure you are allowed to access the "
                "S3 bucket. If you are encrypting query results with KMS key, please ensure you are allowed to access "
                f"your KMS key. {denial_text(error)}",
            ) from error

    def read(self, clients: Clients, *, query: bool) -> list[Row]:
        """The rows as they lie in S3, a query's header row first.

        Raises:
            AwsError: InvalidRequestException when the caller may not read them, or they are gone.
        """
        try:
            body = clients("s3").get_object(Bucket=self.bucket, Key=self.key, **self._owner())["Body"].read()
        except ClientError as error:
            raise invalid(f"Could not find results at {self.uri}. {denial_text(error)}") from error
        text = body.decode()
        return _fields(text) if query else [line.split("\t") for line in text.splitlines()]

    def _owner(self) -> Record:
        owner = self.settings.get("ExpectedBucketOwner")
        return {"ExpectedBucketOwner": owner} if owner else {}

    def _encryption(self) -> Record:
        encryption = self.settings.get("EncryptionConfiguration") or {}
        acl = self.settings.get("AclConfiguration") or {}
        found: Record = {"ACL": "bucket-owner-full-control"} if acl else {}
        if encryption.get("EncryptionOption") == "SSE_KMS":
            return {**found, "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": encryption["KmsKey"]}
        if encryption.get("EncryptionOption") == "SSE_S3":
            return {**found, "ServerSideEncryption": "AES256"}
        return found


def _csv(columns: Sequence[Column], rows: Iterable[Row]) -> bytes:
    # Athena quotes every value and leaves NULL empty (user guide, "Work with query results and recent queries").
    lines = [_line([column.name for column in columns]), *(_line(row) for row in rows)]
    return "".join(lines).encode()


def _line(row: Row) -> str:
    return ",".join("" if value is None else '"' + value.replace('"', '""') + '"' for value in row) + "\n"


def _text(rows: Iterable[Row]) -> bytes:
    return "".join("\t".join(value or "" for value in row) + "\n" for row in rows).encode()


def _fields(text: str) -> list[Row]:
    rows: list[Row] = []
    row: list[str | None] = []
    position = 0
    while position < len(text):
        found = _FIELD.match(text, position)
        if found is None:
            raise invalid("The results in S3 are not what Athena wrote.")
        row.append(None if found[1] is None else found[1].replace('""', '"'))
        position = found.end()
        if found[3] != ",":
            rows.append(row)
            row = []
    return rows
