"""Messages about tables that read a team's files otherwise than they are written, after a crawl that succeeded."""

from __future__ import annotations

import bz2
import gzip
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas.notifier import crawled_tables
from lambdas.notifier.events import UnexpectedEventError

from .stage import CRAWLER, DATA, DATABASE, lambda_context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .stage import Stage

PREFIX = "use-case=abalone/tables"
COLUMNS = (("id", "bigint"), ("customer", "string"), ("amount", "double"))
OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
GOOD = 'id,customer,amount\n1,Miller,10.5\n2,"Smith, John",20.25\n'
REORDERED = "id,amount,customer\n1,10.5,Miller\n"
ORDER = (
    "csv_sales: its columns are not those of the table in their order (id, customer, amount): Athena reads values as "
    "another column's"
)


def crawl(*, minutes: int = 1, **detail: str) -> dict[str, Any]:
    """Glue's event for a crawl that succeeded some minutes from now."""
    moment = datetime.now(UTC) + timedelta(minutes=minutes)
    return {
        "id": "4c1f3a52-0000-4e1c-8f5c-000000000002",
        "detail-type": "Glue Crawler State Change",
        "source": "aws.glue",
        "time": moment.isoformat(),
        "region": "us-east-1",
        "detail": {"crawlerName": CRAWLER, "state": "Succeeded", "runningTime (sec)": "10", **detail},
    }


class Lake:
    """Table csv_sales with its partitions, and files below the prefix."""

    def __init__(self, stage: Stage, serde: str = OPEN_CSV, delimiter: Mapping[str, str] | None = None) -> None:
        self.s3, self.glue, self.serde = stage.clients.s3, stage.clients.glue, serde
        self.delimiter = delimiter or {}
        self.glue.create_database(DatabaseInput={"Name": DATABASE})

    def descriptor(self, folder: str) -> Any:
        return {
            "Columns": [{"Name": name, "Type": kind} for name, kind in COLUMNS],
            "Location": f"s3://{DATA}/{PREFIX}/{folder}",
            "SerdeInfo": {"SerializationLibrary": self.serde, "Parameters": dict(self.delimiter)},
        }

    def table(self, *days: str) -> None:
        keys = [{"Name": "dt", "Type": "string"}] if days else []
        table: Any = {"Name": "csv_sales", "StorageDescriptor": self.descriptor("sales/"), "PartitionKeys": keys}
        self.glue.create_table(DatabaseName=DATABASE, TableInput=table)
        for day in days:
            partition: Any = {"Values": [day], "StorageDescriptor": self.descriptor(f"sales/dt={day}")}
            self.glue.create_partition(DatabaseName=DATABASE, TableName="csv_sales", PartitionInput=partition)

    def put(self, path: str, content: str | bytes) -> None:
        body = content.encode() if isinstance(content, str) else content
        self.s3.put_object(Bucket=DATA, Key=f"{PREFIX}/{path}", Body=body)


@pytest.fixture
def lake(stage: Stage) -> Lake:
    return Lake(stage)


def problems(stage: Stage) -> list[str]:
    """The problems that the only message names."""
    [message] = stage.inbox()
    lines = message["Message"].split("\n\n")[1].split("\n")
    return [line.partition("  ")[2].strip() for line in lines if line.startswith("Problem")]


def test_tables_that_fit_their_files_are_no_news(stage: Stage, lake: Lake) -> None:
    lake.table("1", "2")
    lake.put("sales/dt=1/a.csv", GOOD)
    lake.put("sales/dt=2/a.csv.gz", gzip.compress(GOOD.encode()))
    lake.put("sales/dt=2/a.csv.bz2", bz2.compress(GOOD.encode()))
    lake.put("sales/dt=2/a.csv.zst", b"\x28\xb5\x2f\xfd\xff")
    lake.put("sales/dt=2/_SUCCESS", "done")
    lake.put("sales/dt=2/empty.csv", "")
    assert stage.handle(crawl()) == "ignored"
    assert stage.inbox() == []


def test_a_prefix_without_files_is_no_news(stage: Stage, lake: Lake) -> None:
    assert stage.handle(crawl()) == "ignored"


def test_columns_in_another_order_on_a_later_day_are_told(stage: Stage, lake: Lake) -> None:
    lake.table("1", "2")
    lake.put("sales/dt=1/a.csv", GOOD)
    lake.put("sales/dt=2/b.csv", REORDERED)
    assert stage.handle(crawl()) == "notified"

    [message] = stage.inbox()
    assert message["Subject"] == f"[test] {CRAWLER} crawl: files that tables do not fit"
    assert "Looked into  2 of 2 files, the newest\n" in message["Message"]
    attributes = {name: attribute["Value"] for name, attribute in message["MessageAttributes"].items()}
    assert attributes == {"environment": "test", "kind": "crawl", "status": "Different", "crawler": CRAWLER}
    lines = message["Message"].split("\n")
    assert [line for line in lines if line.startswith("Problem 1")] == [
        f"Problem 1    {ORDER} (sales/dt=2/b.csv, line 1)"
    ]
    objects = stage.clients.s3.list_objects_v2(Bucket=DATA).get("Contents", [])
    assert len(objects) == 2, "a registry event was written"


def test_a_folder_that_was_left_out_is_told(stage: Stage, lake: Lake) -> None:
    lake.table("1")
    lake.put("sales/dt=1/a.csv", GOOD)
    lake.put("sales/dt=2/a.csv", GOOD)
    lake.put("notes/readme.txt", "a note")
    assert stage.handle(crawl()) == "notified"
    left_out = "no table reads this folder: the crawl left it out"
    assert sorted(problems(stage)) == [f"notes: {left_out} (notes)", f"sales: {left_out} (sales/dt=2)"]


def test_why_a_folder_may_have_been_left_out_is_told(stage: Stage, lake: Lake) -> None:
    lake.put("sales/dt=1/a.csv", "id,customer,amount\n1,Miller,10.5\n2,Smith, John,20.25\n")
    stage.handle(crawl())
    assert sorted(problems(stage)) == [
        "sales: a row has more or fewer fields than the header (sales/dt=1/a.csv, line 3)",
        "sales: no table reads this folder: the crawl left it out (sales/dt=1)",
    ]


def test_the_same_problem_is_told_once_and_a_further_one_with_it(stage: Stage, lake: Lake) -> None:
    lake.table("1", "2", "3")
    lake.put("sales/dt=1/a.csv", REORDERED)
    assert [stage.handle(crawl()), stage.handle(crawl(minutes=2))] == ["notified", "duplicate"]
    lake.put("sales/dt=2/a.csv", REORDERED)
    assert stage.handle(crawl(minutes=3)) == "duplicate"
    stage.inbox()
    lake.put("sales/dt=3/a.csv", "id,customer,amount\n1,a,\n")
    assert stage.handle(crawl(minutes=4)) == "notified"
    texts = sorted(problem.rpartition(" (")[0] for problem in problems(stage))
    assert texts == ["csv_sales: column amount (double) is empty in a row: queries of the table fail", ORDER]


def test_how_many_files_have_a_problem_is_counted(stage: Stage, lake: Lake) -> None:
    lake.table()
    for number in range(3):
        lake.put(f"sales/{number}.csv", REORDERED)
    stage.handle(crawl())
    [problem] = problems(stage)
    assert problem.endswith("and 2 more files)")


def test_files_that_came_after_the_crawl_had_begun_are_for_the_next_one(stage: Stage, lake: Lake) -> None:
    lake.put("new/a.csv", GOOD)
    assert stage.handle(crawl(minutes=0)) == "ignored"
    assert stage.handle(crawl(minutes=1)) == "notified"


def test_the_newest_files_are_looked_into_as_long_as_there_is_time(
    stage: Stage, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.table()
    for number in range(3):
        lake.put(f"sales/{number}.csv", GOOD)
    monkeypatch.setattr(crawled_tables, "MAXIMUM_FILES", 2)
    reads = stage.faults.watch("s3", "GetObject")
    assert stage.handle(crawl()) == "ignored"
    assert len(reads) == 2
    times = iter([30_000, 30_000])
    context = lambda_context(lambda: next(times, 0))
    assert stage.notifier.handle(crawl(), context) == {"outcome": "ignored"}
    assert len(reads) == 3


def test_only_the_beginning_of_a_file_is_read(stage: Stage, lake: Lake) -> None:
    lake.table()
    row = "1,Miller,10.5\n"
    lake.put("sales/a.csv", "id,customer,amount\n" + row * (crawled_tables.MAXIMUM_BYTES // len(row)) + "1,,\n")
    assert stage.handle(crawl()) == "ignored"


def test_a_table_of_another_serde_or_delimiter_is_told(stage: Stage) -> None:
    lake = Lake(stage, LAZY, {"field.delim": ";"})
    lake.table()
    lake.put("sales/a.csv", "id;customer;amount\n1;a;2,5\n")
    stage.handle(crawl())
    assert problems(stage) == ["csv_sales: its fields are not separated by commas (sales/a.csv, line 1)"]


def test_a_table_that_is_older_than_the_classifiers_serde_is_told(stage: Stage) -> None:
    lake = Lake(stage, LAZY, {"field.delim": ","})
    lake.table()
    lake.put("sales/a.csv", GOOD)
    stage.handle(crawl())
    [problem] = problems(stage)
    assert "let a new crawler make it" in problem


def test_a_day_that_a_table_older_than_the_classifiers_serde_was_denied_is_told_with_the_reason(stage: Stage) -> None:
    lake = Lake(stage, LAZY, {"field.delim": ","})
    lake.table("1")
    lake.put("sales/dt=1/a.csv", "id,customer,amount\n1,Miller,10.5\n")
    lake.put("sales/dt=2/a.csv", GOOD)
    stage.handle(crawl())
    [problem] = problems(stage)
    assert problem.startswith("sales: no table reads this folder: the crawl left it out, and its table is of LazySimpl")


def test_a_partition_that_still_has_the_old_serde_is_told_where_the_table_was_altered_by_hand(stage: Stage) -> None:
    lake = Lake(stage, LAZY, {"field.delim": ","})
    lake.table("1", "2")
    lake.put("sales/dt=1/a.csv", GOOD)
    lake.serde, lake.delimiter = OPEN_CSV, {"separatorChar": ","}
    keys: Any = [{"Name": "dt", "Type": "string"}]
    altered: Any = {"Name": "csv_sales", "StorageDescriptor": lake.descriptor("sales/"), "PartitionKeys": keys}
    lake.glue.update_table(DatabaseName=DATABASE, TableInput=altered)
    stage.handle(crawl())
    [problem] = problems(stage)
    assert problem.startswith("csv_sales: the table takes quotes for a part of the text (LazySimpleSerDe)")


def test_a_file_that_cannot_be_unpacked_is_told(stage: Stage, lake: Lake) -> None:
    lake.table()
    lake.put("sales/a.csv.gz", GOOD)
    lake.put("sales/b.csv.bz2", GOOD)
    stage.handle(crawl())
    [problem] = problems(stage)
    assert problem.startswith("csv_sales: it can't be unpacked (sales/")
    assert problem.endswith("and 1 more files)")


def test_more_than_ten_problems_are_counted(stage: Stage, lake: Lake) -> None:
    for number in range(12):
        lake.put(f"{number}/a.csv", GOOD)
    stage.handle(crawl())
    [message] = stage.inbox()
    assert "More problems  2\n" in message["Message"]


def test_where_aws_does_not_answer_the_invocation_is_repeated(stage: Stage, lake: Lake) -> None:
    stage.faults.refuse("glue", "GetTables")
    with pytest.raises(ClientError):
        stage.handle(crawl())
    assert stage.inbox() == []


def test_the_crawl_of_another_crawler_is_refused(stage: Stage) -> None:
    with pytest.raises(UnexpectedEventError):
        stage.handle(crawl(crawlerName="other"))
