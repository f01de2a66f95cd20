"""Classification: which format an object has, and its schema.

Source: Glue developer guide, "Defining and managing classifiers" (order, built-in classifiers) and "Built-in CSV
classifier".
"""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from localcloud.services.glue.crawl.csv_files import classify_csv
from localcloud.services.glue.crawl.schema import Schema, glue_type

Record = dict[str, Any]
_JSON_SERDE = "org.openx.data.jsonserde.JsonSerDe"
_PARQUET_SERDE = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"


def classify(key: str, content: bytes, *, complete: bool, classifiers: Sequence[Record], folder: Path) -> Schema | None:
    """The schema of an object; None when no classifier recognises it.

    Args:
        key: its key.
        content: its bytes, or their beginning.
        complete: whether `content` is all of it.
        classifiers: the crawler's custom CSV classifiers, in their order.
        folder: for temporary files.
    """
    compression = "none"
    if key.endswith(".gz"):
        content, compression = gzip.decompress(content), "gzip"
    if content.startswith(b"PAR1"):
        return _parquet(content, folder)
    text = _text(content, complete=complete)
    if text is None or not text.strip():
        return None
    properties = {"compressionType": compression, "typeOfData": "file"}
    if text.lstrip()[0] in "{[":
        return _json(text, folder, properties)
    return classify_csv(text, classifiers, folder, properties)


def _text(content: bytes, *, complete: bool) -> str | None:
    if b"\0" in content:
        return None
    if not complete:
        content = content[: content.rfind(b"\n") + 1]
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _json(text: str, folder: Path, properties: Record) -> Schema | None:
    lines = [line for line in text.splitlines() if line.strip()]
    try:
        records = [json.loads(line) for line in lines]
    except ValueError:
        return None
    if not records or not all(isinstance(record, dict) for record in records):
        return None
    described = _described("read_json_auto", folder / "sample.json", ("\n".join(lines)).encode())
    columns = tuple((name.lower(), glue_type(kind)) for name, kind in described)
    paths = {"paths": ",".join(sorted(name for name, _ in columns))}
    return Schema("json", columns, _JSON_SERDE, paths, properties, len(records))


def _parquet(content: bytes, folder: Path) -> Schema | None:
    described = _described("read_parquet", folder / "sample.parquet", content)
    columns = tuple((name.lower(), glue_type(kind)) for name, kind in described)
    serde_properties = {"serialization.format": "1"}
    return Schema("parquet", columns, _PARQUET_SERDE, serde_properties, {"typeOfData": "file"})


def _described(function: str, file: Path, content: bytes) -> list[tuple[str, str]]:
    file.write_bytes(content)
    with duckdb.connect(":memory:") as engine:
        rows = engine.execute(f"DESCRIBE SELECT * FROM {function}($file)", {"file": str(file)}).fetchall()  # noqa: S608
    file.unlink()
    return [(str(row[0]), str(row[1])) for row in rows]
