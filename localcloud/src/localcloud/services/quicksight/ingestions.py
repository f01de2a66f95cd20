"""Ingestions: the runs that fill a data set in SPICE."""

from __future__ import annotations

import copy
import logging
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, cast

from localcloud.services.quicksight import errors
from localcloud.services.quicksight.models import Assets, DataSet, DataSource, now, present
from localcloud.services.quicksight.spice import IngestionError, query_rows

if TYPE_CHECKING:
    from mypy_boto3_quicksight.literals import IngestionErrorTypeType, IngestionRequestTypeType, IngestionStatusType
    from mypy_boto3_quicksight.type_defs import IngestionTypeDef, RowInfoTypeDef

log = logging.getLogger("localcloud")


@dataclass(kw_only=True)
class Ingestion:
    """One run; `duration` is in seconds, `size` in bytes."""

    arn: str
    ingestion_id: str
    request_type: IngestionRequestTypeType
    status: IngestionStatusType = "INITIALIZED"
    created: datetime = field(default_factory=now)
    error: tuple[IngestionErrorTypeType, str] | None = None
    row_info: RowInfoTypeDef | None = None
    duration: int | None = None
    size: int | None = None

    @property
    def has_ended(self) -> bool:
        """Whether it has ended, so that it changes no more."""
        return self.status in {"COMPLETED", "FAILED", "CANCELLED"}

    def fail(self, kind: IngestionErrorTypeType, message: str) -> None:
        """End with an error."""
        self.status, self.error = "FAILED", (kind, message)

    def describe(self) -> IngestionTypeDef:
        """Return the ingestion as DescribeIngestion answers it."""
        description = {
            "Arn": self.arn,
            "IngestionId": self.ingestion_id,
            "IngestionStatus": self.status,
            "ErrorInfo": {"Type": self.error[0], "Message": self.error[1]} if self.error else None,
            "RowInfo": self.row_info,
            "CreatedTime": self.created,
            "IngestionTimeInSeconds": self.duration,
            "IngestionSizeInBytes": self.size,
            "RequestSource": "MANUAL",
            "RequestType": self.request_type,
        }
        return cast("IngestionTypeDef", present(description))


class Ingestions:
    """All ingestions by the ARN of their data set; `endpoint` is the cloud's, through which they read."""

    def __init__(self, endpoint: str, sources: Assets[DataSource]) -> None:
        self._endpoint = endpoint
        self._sources = sources
        self._by_data_set: dict[str, list[Ingestion]] = {}
        self._lock = threading.Lock()

    def of(self, data_set: DataSet) -> list[Ingestion]:
        """Return the ingestions of a data set, newest first."""
        return list(self._by_data_set.get(data_set.arn, []))

    def find(self, data_set: DataSet, ingestion_id: str) -> Ingestion:
        """Return an ingestion.

        Raises:
            AwsError: ResourceNotFoundException.
        """
        for ingestion in self.of(data_set):
            if ingestion.ingestion_id == ingestion_id:
                return ingestion
        raise errors.missing(f"Ingestion {ingestion_id}")

    def start(self, data_set: DataSet, ingestion_id: str, request_type: IngestionRequestTypeType) -> Ingestion:
        """Start an ingestion in the background.

        Raises:
            AwsError: ResourceExistsException for an id that is taken; ConflictException while another one runs.
        """
        ingestions = self._by_data_set.setdefault(data_set.arn, [])
        if any(ingestion.ingestion_id == ingestion_id for ingestion in ingestions):
            raise errors.existing(f"Ingestion {ingestion_id}")
        self._end_running(ingestions, edited=request_type == "EDIT")
        ingestion = Ingestion(
            arn=f"{data_set.arn}/ingestion/{ingestion_id}", ingestion_id=ingestion_id, request_type=request_type
        )
        ingestions.insert(0, ingestion)
        # The data set and its source as they are now: an edit that comes meanwhile starts an ingestion of its own.
        source = copy.copy(self._sources.get(data_set.tables.source["DataSourceArn"]))
        work = (ingestion, data_set, copy.copy(data_set), source)
        threading.Thread(target=self._run, args=work, daemon=True, name=f"ingestion-{ingestion_id}").start()
        return ingestion

    def cancel(self, ingestion: Ingestion) -> None:
        """Cancel an ingestion.

        Raises:
            AwsError: InvalidParameterValueException for one that has ended.
        """
        with self._lock:
            if ingestion.has_ended:
                raise errors.invalid(f"Ingestion {ingestion.ingestion_id} has ended: {ingestion.status}.")
            ingestion.status = "CANCELLED"

    def forget(self, data_set: DataSet) -> None:
        """Drop a deleted data set's ingestions."""
        with self._lock:
            for ingestion in self._by_data_set.pop(data_set.arn, []):
                if not ingestion.has_ended:
                    ingestion.status = "CANCELLED"

    def _end_running(self, ingestions: list[Ingestion], *, edited: bool) -> None:
        with self._lock:
            running = [ingestion for ingestion in ingestions if not ingestion.has_ended]
            if running and not edited:
                raise errors.conflict(f"Ingestion {running[0].ingestion_id} is running.")
            for ingestion in running:
                # An edited data set's rows are of no use any more.
                ingestion.fail("REFRESH_SUPPRESSED_BY_EDIT", "The data set was edited.")

    def _run(self, ingestion: Ingestion, data_set: DataSet, snapshot: DataSet, source: DataSource | None) -> None:
        started = time.monotonic()
        with self._lock:
            if ingestion.has_ended:
                return
            ingestion.status = "RUNNING"
        try:
            rows, dropped = query_rows(source, snapshot.tables, self._endpoint)
        except IngestionError as error:
            log.info("ingestion %s failed: %s", ingestion.arn, error.message)
            self._fail(ingestion, error.kind, error.message)
        except Exception as error:
            log.exception("ingestion %s failed", ingestion.arn)
            self._fail(ingestion, "INTERNAL_SERVICE_ERROR", str(error))
        else:
            size = sum(len(str(value)) for row in rows for value in row.values())
            with self._lock:
                # One that was cancelled or superseded meanwhile stays so.
                if not ingestion.has_ended:
                    data_set.rows, data_set.size = rows, size
                    ingestion.status, ingestion.size = "COMPLETED", size
                    ingestion.row_info = {
                        "RowsIngested": len(rows),
                        "RowsDropped": dropped,
                        "TotalRowsInDataset": len(rows),
                    }
        ingestion.duration = round(time.monotonic() - started)

    def _fail(self, ingestion: Ingestion, kind: IngestionErrorTypeType, message: str) -> None:
        with self._lock:
            if not ingestion.has_ended:
                ingestion.fail(kind, message)
