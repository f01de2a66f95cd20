"""A team's own CSVs: through the deployed crawler to an analyst's query, and to a mail where a query would mislead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .conftest import eventually

if TYPE_CHECKING:
    from .conftest import Project

pytestmark = pytest.mark.local

PREFIX = "use-case=abalone/tables"
HEADER = "id,customer,city,amount\n"
# As pandas and Excel write it: a field is quoted only where it has to be.
ORDINARY = f'{HEADER}1,Miller,Bern,10.5\n2,"Smith, John",Genf,20.25\n3,Weber,Basel,30\n'


class Team:
    """A team that writes CSVs, and an analyst that queries them."""

    def __init__(self, project: Project) -> None:
        self.project, self.outputs = project, project.outputs()
        self.glue, self.kpis = project.root("glue"), self.outputs["kpis"]

    def write(self, path: str, content: str) -> None:
        s3 = self.project.cloud.client("s3", "data-scientist")
        s3.put_object(Bucket=self.outputs["data_bucket"], Key=f"{PREFIX}/{path}", Body=content.encode())

    def crawl(self) -> None:
        """Crawl, and wait until the notifier has got the event of it."""
        before = len(self.deliveries())
        self.glue.start_crawler(Name=self.kpis["crawler"])
        eventually(lambda: self.crawler()["State"] == "READY")
        assert self.crawler()["LastCrawl"]["Status"] == "SUCCEEDED", self.crawler()["LastCrawl"]
        eventually(lambda: len(self.deliveries()) > before, 60)

    def crawler(self) -> dict[str, Any]:
        return self.glue.get_crawler(Name=self.kpis["crawler"])["Crawler"]

    def deliveries(self) -> list[dict[str, Any]]:
        """What the notifier has answered to crawls that succeeded."""
        logged = self.project.root("logs").filter_log_events(logGroupName="/aws/lambda/abalone-local-notifier")
        answers = ("nothing to tell", "already notified", "files that tables do not fit")
        return [event for event in logged["events"] if any(answer in event["message"] for answer in answers)]

    def mails(self) -> list[str]:
        """Bodies of the mails about tables that do not fit their files."""
        inbox = self.project.cloud.internal("GET", "/_local/inbox")
        return [mail["body"] for mail in inbox if mail["attributes"].get("status") == "Different"]

    def query(self, sql: str) -> str:
        """The first value of an analyst's query, or why it failed."""
        athena = self.project.cloud.client("athena", "analyst")
        execution = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": self.kpis["database"]},
            WorkGroup=self.kpis["workgroup"],
        )["QueryExecutionId"]

        def over() -> dict[str, Any] | None:
            status = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
            return status if status["State"] in ("SUCCEEDED", "FAILED") else None

        status = eventually(over)
        if status is None or status["State"] == "FAILED":
            return str(status and status["StateChangeReason"])
        rows = athena.get_query_results(QueryExecutionId=execution)["ResultSet"]["Rows"]
        return rows[1]["Data"][0].get("VarCharValue", "NULL")


@pytest.fixture(scope="module")
def team(deployed: Project) -> Team:
    return Team(deployed)


def test_what_pandas_and_excel_write_is_summed_right_on_quoted_and_unquoted_days_without_a_mail(team: Team) -> None:
    team.write("sales/dt=2026-01-01/a.csv", ORDINARY)
    team.crawl()
    assert team.query("SELECT sum(amount) FROM csv_sales") == "60.75"
    assert team.query("SELECT customer FROM csv_sales WHERE id = 2") == "Smith, John"

    team.write("sales/dt=2026-01-02/b.csv", f'{HEADER}"4","Meier, Eva","Bern","1.5"\n')
    team.write("sales/dt=2026-01-03/c.csv", f"{HEADER}5,A\u2028B,C\u0085D,2.5\n")
    team.crawl()
    assert team.query("SELECT sum(amount) FROM csv_sales") == "64.75"
    assert team.query("SELECT count(*) FROM csv_sales") == "5"
    assert team.mails() == []


def test_what_a_query_would_get_wrong_is_told_in_one_mail_and_not_again(team: Team) -> None:
    for table in ("reordered", "left_out", "whole"):
        team.write(f"{table}/dt=2026-01-01/a.csv", ORDINARY)
    team.crawl()
    assert team.mails() == []

    team.write("empty/dt=2026-01-01/a.csv", f'{HEADER}1,Miller,Bern,10.5\n"2","Smith, John","Genf",""\n')
    team.write("paths/dt=2026-01-01/a.csv", f'{HEADER}1,"C:\\",Bern,10.5\n2,Weber,Basel,30\n')
    team.write("lines/dt=2026-01-01/a.csv", f'{HEADER}1,"Miller\nCo",Bern,10.5\n')
    team.write("reordered/dt=2026-01-02/b.csv", "id,customer,amount,city\n4,Meier,5.5,Bern\n")
    team.write("left_out/dt=2026-01-02/b.csv", "day,shop,total\n2026-01-02,Bern,5\n")
    team.write("whole/dt=2026-01-02/b.csv", f"{HEADER}4,Meier,Bern,0.5\n")
    team.crawl()

    assert "HIVE_BAD_DATA: Error parsing field value ''" in team.query("SELECT sum(amount) FROM csv_empty")
    assert "HIVE_BAD_DATA" in team.query("SELECT sum(amount) FROM csv_reordered")
    # Nothing fails here: without the mail nobody would know.
    assert team.query("SELECT sum(amount) FROM csv_paths") == "30.0"
    assert team.query("SELECT sum(amount) FROM csv_left_out") == "60.75"
    assert team.query("SELECT sum(amount) FROM csv_whole") == "61.25"
    [mail] = eventually(team.mails)
    for problem in (
        "csv_empty: column amount (double) is empty in a row: queries of the table fail (empty/",
        "csv_paths: a text has a backslash in it: Athena drops it, and a quote after it ends nothing (paths/",
        "csv_lines: a text has a line break in it: Athena takes the rest for another row (lines/",
        "csv_reordered: its columns are not those of the table in their order (id, customer, city, amount)",
        "left_out: no table reads this folder: the crawl left it out (left_out/dt=2026-01-02)",
    ):
        assert problem in mail
    assert "csv_whole" not in mail
    assert "csv_sales" not in mail

    team.write("reordered/dt=2026-01-03/c.csv", "id,customer,amount,city\n5,Meier,5.5,Bern\n")
    team.crawl()
    assert len(team.mails()) == 1


def test_a_corrected_file_counts_after_its_table_was_crawled_anew(team: Team) -> None:
    crawler, database = team.kpis["crawler"], team.kpis["database"]
    team.write("left_out/dt=2026-01-02/b.csv", f"{HEADER}4,Meier,Bern,5\n")
    # As the runbook says.
    team.glue.batch_delete_table(DatabaseName=database, TablesToDelete=["csv_left_out"])
    team.glue.update_crawler(Name=crawler, RecrawlPolicy={"RecrawlBehavior": "CRAWL_EVERYTHING"})
    team.crawl()
    team.glue.update_crawler(Name=crawler, RecrawlPolicy={"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"})
    assert team.query("SELECT sum(amount) FROM csv_left_out") == "65.75"
    team.project.ok("preview", "--expect-no-changes")


def test_tables_of_the_classifier_without_a_serde_are_told_and_right_once_a_new_crawler_has_made_them(
    team: Team,
) -> None:
    [classifier], database = team.crawler()["Classifiers"], team.kpis["database"]
    team.glue.update_classifier(CsvClassifier={"Name": classifier, "Serde": "None"})
    team.write("before/dt=2026-01-01/a.csv", ORDINARY)
    team.crawl()
    assert team.query("SELECT sum(amount) FROM csv_before") == "40.5"

    assert team.project.changes("up", "--refresh") == {"update": 1}
    team.write("before/dt=2026-01-02/b.csv", f"{HEADER}4,Meier,Bern,1.5\n")
    team.crawl()
    mails = team.mails()
    assert "csv_before: the table takes quotes for a part of the text (LazySimpleSerDe): let a new" in mails[-1]
    assert "before: no table reads this folder: the crawl left it out, and its table is of LazySimpleSer" in mails[-1]

    # As the runbook says.
    team.glue.batch_delete_table(DatabaseName=database, TablesToDelete=["csv_before"])
    team.glue.delete_crawler(Name=team.kpis["crawler"])
    assert team.project.changes("up", "--refresh") == {"create": 1}
    team.crawl()
    assert team.query("SELECT sum(amount) FROM csv_before") == "62.25"
    assert not any("csv_before" in mail for mail in team.mails()[len(mails) :])
    team.project.ok("preview", "--expect-no-changes")
