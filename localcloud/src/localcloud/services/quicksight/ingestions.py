"""Ingestions: the runs that fill a data set in SPICE."""

import logging
import threading
import time
from typing import Any

from localcloud.http.errors import AwsError
from localcloud.http.paging import page
from localcloud.http.service import Call
from localcloud.services.quicksight import spice, tables
from localcloud.services.quicksight.assets import Asset, Assets, Record, now

log = logging.getLogger("localcloud")
_ENDED = ("COMPLETED", "FAILED", "CANCELLED")


class Ingestions:
    """All ingestions, newest first, by the ARN of their data set."""

    def __init__(self, endpoint: str, sources: Assets) -> None:
        self._endpoint = endpoint
        self._sources = sources
        self._by_set: dict[str, list[Record]] = {}
        self._lock = threading.Lock()

    def start(self, asset: Asset, ingestion_id: str, reason: str) -> Record:
        """Starts one in the background.

        Raises:
            AwsError: ResourceExistsException for an ID that is taken; ConflictException while another one runs.
        """
        known = self._by_set.setdefault(asset.arn, [])
        if any(item["IngestionId"] == ingestion_id for item in known):
            raise AwsError("ResourceExistsException", f"Ingestion {ingestion_id} already exists.", 409)
        self._make_room(known, reason)
        record: Record = {
            "Arn": f"{asset.arn}/ingestion/{ingestion_id}",
            "IngestionId": ingestion_id,
            "IngestionStatus": "INITIALIZED",
            "CreatedTime": now(),
            "RequestSource": "MANUAL",
            "RequestType": reason,
        }
        known.insert(0, record)
        work = (record, asset, dict(asset.record), self._source(asset))
        threading.Thread(target=self._run, args=work, daemon=True, name=f"ingestion-{ingestion_id}").start()
        return {name: record[name] for name in ("Arn", "IngestionId", "IngestionStatus")}

    def create(self, call: Call, asset: Asset) -> Record:
        """CreateIngestion."""
        kind = call.get("IngestionType", "FULL_REFRESH")
        if kind == "INCREMENTAL_REFRESH" and "refresh" not in asset.extra:
            raise tables.invalid("An incremental refresh needs the data set's refresh properties.")
        return self.start(asset, call.input["IngestionId"], kind)

    def describe(self, call: Call, asset: Asset) -> Record:
        """DescribeIngestion."""
        return {"Ingestion": dict(self._get(call, asset))}

    def listed(self, call: Call, asset: Asset) -> Record:
        """ListIngestions, newest first."""
        return page(call, [dict(item) for item in self._by_set.get(asset.arn, [])], "Ingestions")

    def cancel(self, call: Call, asset: Asset) -> Record:
        """CancelIngestion: an ended one cannot be cancelled."""
        record = self._get(call, asset)
        with self._lock:
            if record["IngestionStatus"] in _ENDED:
                raise tables.invalid(f"Ingestion {record['IngestionId']} has ended: {record['IngestionStatus']}.")
            record["IngestionStatus"] = "CANCELLED"
        return {"Arn": record["Arn"], "IngestionId": record["IngestionId"]}

    def forget(self, arn: str) -> None:
        """Drops a deleted data set's ingestions."""
        with self._lock:
            for record in self._by_set.pop(arn, []):
                if record["IngestionStatus"] not in _ENDED:
                    record["IngestionStatus"] = "CANCELLED"

    def _get(self, call: Call, asset: Asset) -> Record:
        for record in self._by_set.get(asset.arn, []):
            if record["IngestionId"] == call.input["IngestionId"]:
                return record
        raise AwsError("ResourceNotFoundException", f"Ingestion {call.input['IngestionId']} is not found.", 404)

    def _make_room(self, known: list[Record], reason: str) -> None:
        with self._lock:
            running = [item for item in known if item["IngestionStatus"] not in _ENDED]
            if running and reason != "EDIT":
                raise AwsError("ConflictException", f"Ingestion {running[0]['IngestionId']} is running.", 409)
            for record in running:
                # An edited data set's rows are of no use any more.
                error = {"Type": "REFRESH_SUPPRESSED_BY_EDIT", "Message": "The data set was edited."}
                record.update(IngestionStatus="FAILED", ErrorInfo=error)

    def _source(self, asset: Asset) -> Record | None:
        found = self._sources.by_arn(tables.physical(asset.record)["DataSourceArn"])
        return dict(found.record) if found else None

    def _run(self, record: Record, asset: Asset, data_set: Record, source: Record | None) -> None:
        started = time.monotonic()
        self._settle(record, {"IngestionStatus": "RUNNING"})
        try:
            kept, dropped = spice.rows(self._endpoint, source, data_set)
        except spice.IngestionError as error:
            log.info("ingestion %s failed: %s", record["Arn"], error.message)
            outcome: Record = {"IngestionStatus": "FAILED", "ErrorInfo": {"Type": error.kind, "Message": error.message}}
        except Exception as error:
            log.exception("ingestion %s failed", record["Arn"])
            outcome = {
                "IngestionStatus": "FAILED",
                "ErrorInfo": {"Type": "INTERNAL_SERVICE_ERROR", "Message": str(error)},
            }
        else:
            outcome = self._filled(record, asset, kept, dropped)
        self._settle(record, {**outcome, "IngestionTimeInSeconds": round(time.monotonic() - started)})

    def _filled(self, record: Record, asset: Asset, kept: list[dict[str, Any]], dropped: int) -> Record:
        size = sum(len(str(value)) for row in kept for value in row.values())
        with self._lock:
            if record["IngestionStatus"] not in _ENDED:
                asset.extra.update(rows=kept, bytes=size)
        total = {"RowsIngested": len(kept), "RowsDropped": dropped, "TotalRowsInDataset": len(kept)}
        return {"IngestionStatus": "COMPLETED", "RowInfo": total, "IngestionSizeInBytes": size}

    def _settle(self, record: Record, outcome: Record) -> None:
        with self._lock:
            # What was cancelled or superseded meanwhile stays so.
            if record["IngestionStatus"] not in _ENDED:
                record.update(outcome)
