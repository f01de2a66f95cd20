"""Crawlers find tables in the objects that their role may read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from .lake import JSON, LAZY, OPEN_CSV, Lake

if TYPE_CHECKING:
    from .conftest import Deployment

pytestmark = pytest.mark.local

INHERITED = '{"Version": 1.0, "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}}'
HEADERED = "city,population,area\nBern,134000,51.6\nGenf,203000,15.9\nBasel,178000,23.9\n"


class Crawler:
    """A crawler of new folders over `use-case=abalone/`."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.deployment = lake.deployment
        self.name = f"{lake.deployment.prefix}-kpis"
        self.glue = lake.deployment.root("glue")
        self.root = "use-case=abalone"

    def role(self, *denied: str) -> str:
        """A role limited to the prefix; without the actions in `denied`."""
        allow, arn, lake = self.deployment.allow, self.deployment.arn, self.lake
        bucket = f"arn:aws:s3:::{lake.bucket}"
        listing = {
            **allow("s3:ListBucket", bucket), "Condition": {"StringLike": {"s3:prefix": [f"{self.root}/*"]}},
        }  # fmt: skip
        catalog = ["GetDatabase", "GetTable", "CreateTable", "UpdateTable", "BatchGetPartition", "BatchCreatePartition"]
        statements = [
            listing,
            allow("s3:GetObject", f"{bucket}/{self.root}/*"),
            allow(
                [f"glue:{action}" for action in catalog],
                arn("glue", "catalog"),
                *(arn("glue", f"{what}") for what in (f"database/{lake.database}", f"table/{lake.database}/*")),
            ),
            allow(
                ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
                arn("logs", "log-group:/aws-glue/crawlers*"),
            ),
        ]  # fmt: skip
        allowed = [statement for statement in statements if statement["Action"] not in denied]
        return self.deployment.role("crawler", "glue.amazonaws.com", *allowed)

    def create(self, role: str, *, serde: str = "None", **more: Any) -> None:
        classifier = f"{self.name}-csv"
        self.glue.create_classifier(
            CsvClassifier={
                "Name": classifier, "ContainsHeader": "PRESENT", "Delimiter": ",", "QuoteSymbol": '"', "Serde": serde,
            }
        )  # fmt: skip
        target = {"Path": f"s3://{self.lake.bucket}/{self.root}", "Exclusions": ["kpi/**", "**.{png,json}"]}
        definition: dict[str, Any] = {
            "Targets": {"S3Targets": [target]},
            "Classifiers": [classifier],
            "TablePrefix": "csv_",
            "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"},
            "SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
            "Schedule": "cron(0 8 * * ? *)",
        }
        self.glue.create_crawler(Name=self.name, Role=role, DatabaseName=self.lake.database, **{**definition, **more})

    def put(self, key: str, content: str | bytes) -> None:
        self.lake.put(f"{self.root}/{key}", content)

    def crawl(self) -> dict[str, Any]:
        """LastCrawl of a crawl that is started now and has ended."""
        self.glue.start_crawler(Name=self.name)

        def ended() -> dict[str, Any] | None:
            crawler = self.glue.get_crawler(Name=self.name)["Crawler"]
            return crawler["LastCrawl"] if crawler["State"] == "READY" else None

        return dict(self.deployment.eventually(ended, 60))

    def tables(self) -> dict[str, dict[str, Any]]:
        return {table["Name"]: table for table in self.glue.get_tables(DatabaseName=self.lake.database)["TableList"]}

    def partitions(self, table: str) -> dict[tuple[str, ...], dict[str, Any]]:
        partitions = self.glue.get_partitions(DatabaseName=self.lake.database, TableName=table)["Partitions"]
        return {tuple(partition["Values"]): partition["StorageDescriptor"] for partition in partitions}

    def log(self, group: str = "/aws-glue/crawlers") -> str:
        answer = self.deployment.root("logs").get_log_events(logGroupName=group, logStreamName=self.name)
        return "\n".join(event["message"] for event in answer["events"])


def columns(descriptor: dict[str, Any]) -> list[tuple[str, str]]:
    return [(column["Name"], column["Type"]) for column in descriptor["Columns"]]


@pytest.fixture
def crawler(deployment: Deployment) -> Crawler:
    return Crawler(Lake(deployment))


def test_three_teams_files_become_three_tables_and_other_objects_none(crawler: Crawler) -> None:
    crawler.put("cities/export/cities.csv", HEADERED)
    crawler.put("scores/dt=2024-05-01/one.csv", "run,mse\nr-1,4.5\n")
    crawler.put("churn/dt=2024-05-01/a.csv", "id,name,rate\n1,a,0.5\n2,b,0.25\n")
    crawler.put("churn/dt=2024-05-02/b.csv", "id,name,rate,region\n3,c,0.75,eu\n")
    crawler.put("plots/plot.png", b"\x89PNG\r\n\x1a\n\0\0")
    crawler.put("notes/readme.txt", "Just a note, with a comma.\nAnd another line.\n")
    crawler.put("kpi/use_case=abalone/dt=2024-05-01/e.csv", "run_ts,mse\n2024-05-01,4\n")
    crawler.create(crawler.role())
    last = crawler.crawl()
    assert last["Status"] == "SUCCEEDED", last

    tables = crawler.tables()
    assert sorted(tables) == ["csv_churn", "csv_export", "csv_scores"]
    export = tables["csv_export"]
    assert columns(export["StorageDescriptor"]) == [("city", "string"), ("population", "bigint"), ("area", "double")]
    assert export["StorageDescriptor"]["Location"] == f"s3://{crawler.lake.bucket}/use-case=abalone/cities/export/"
    assert export["Parameters"]["skip.header.line.count"] == "1"
    assert export["Parameters"]["classification"] == "csv"
    assert columns(tables["csv_scores"]["StorageDescriptor"]) == [("run", "string"), ("mse", "double")]
    churn = tables["csv_churn"]
    assert columns(churn["StorageDescriptor"])[-1] == ("region", "string")
    assert [(key["Name"], key["Type"]) for key in churn["PartitionKeys"]] == [("dt", "string")]
    assert [len(descriptor["Columns"]) for descriptor in crawler.partitions("csv_churn").values()] == [3, 4]
    assert "notes/readme.txt has the classification UNKNOWN" in crawler.log()


def test_what_was_crawled_can_be_queried(crawler: Crawler) -> None:
    crawler.put("churn/dt=2024-05-01/a.csv", "id,name,rate\n1,a,0.5\n2,b,0.25\n")
    crawler.put("churn/dt=2024-05-02/b.csv", "id,name,rate,region\n3,c,0.75,eu\n")
    crawler.put("quoted/x.csv", 'name,n\n"a, b",1\n"c",2\n')
    crawler.create(crawler.role())
    assert crawler.crawl()["Status"] == "SUCCEEDED"
    crawler.lake.create_workgroup()
    assert crawler.lake.rows("SELECT id, rate, region, dt FROM csv_churn ORDER BY id") == [
        {"id": "1", "rate": "0.5", "region": None, "dt": "2024-05-01"},
        {"id": "2", "rate": "0.25", "region": None, "dt": "2024-05-01"},
        {"id": "3", "rate": "0.75", "region": "eu", "dt": "2024-05-02"},
    ]
    assert crawler.tables()["csv_quoted"]["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"] == OPEN_CSV
    assert crawler.lake.rows("SELECT name, n FROM csv_quoted ORDER BY n") == [
        {"name": "a, b", "n": "1"}, {"name": "c", "n": "2"},
    ]  # fmt: skip


UNQUOTED = 'id,customer,amount\n1,Miller,10.5\n2,"Smith, John",20.25\n3,Weber,30\n'
QUOTED = 'id,customer,amount\n4,"Meier, Eva",1\n'


@pytest.mark.parametrize(
    ("serde", "total", "days"), [("None", "40.5", [("1",)]), ("OpenCSVSerDe", "61.75", [("1",), ("2",)])]
)
def test_without_a_serde_the_first_row_decides_which_one_and_what_is_left_out(
    crawler: Crawler, serde: str, total: str, days: list[tuple[str]]
) -> None:
    crawler.put("sales/dt=1/a.csv", UNQUOTED)
    crawler.create(crawler.role(), serde=serde, Configuration=INHERITED)
    assert crawler.crawl()["Status"] == "SUCCEEDED"
    crawler.put("sales/dt=2/b.csv", QUOTED)
    assert crawler.crawl()["Status"] == "SUCCEEDED"
    assert sorted(crawler.partitions("csv_sales")) == days
    bare = crawler.glue.get_partitions(
        DatabaseName=crawler.lake.database, TableName="csv_sales", ExcludeColumnSchema=True
    )["Partitions"]
    assert [("Columns" in item["StorageDescriptor"], item["Values"][0]) for item in bare] == [
        (False, day) for (day,) in days
    ]
    crawler.lake.create_workgroup()
    assert crawler.lake.rows("SELECT sum(amount) AS total FROM csv_sales") == [{"total": total}]


def test_a_second_crawl_reads_new_folders_only_and_changes_no_table(crawler: Crawler) -> None:
    crawler.put("churn/dt=2024-05-01/a.csv", "id,name,rate\n1,a,0.5\n")
    crawler.create(crawler.role())
    crawler.crawl()
    before = crawler.tables()["csv_churn"]

    crawler.put("churn/dt=2024-05-01/late.csv", "no,longer,the,same,columns\n1,2,3,4,5\n")
    crawler.put("churn/dt=2024-05-02/b.csv", "id,name,rate,region\n2,b,0.25,eu\n")
    crawler.put("cities/export/cities.csv", HEADERED)
    last = crawler.crawl()
    assert last["Status"] == "SUCCEEDED", last
    assert crawler.tables()["csv_churn"] == before
    assert sorted(crawler.partitions("csv_churn")) == [("2024-05-01",), ("2024-05-02",)]
    assert "csv_export" in crawler.tables()
    assert "The schema of table csv_churn has changed; the table stays as it is (LOG)" in crawler.log()

    assert crawler.crawl()["Status"] == "SUCCEEDED"
    crawls = crawler.glue.list_crawls(CrawlerName=crawler.name)["Crawls"]
    assert [crawl["State"] for crawl in crawls] == ["COMPLETED"] * 3
    assert '\\"ADD\\": 0' in crawls[0]["Summary"]


def test_everything_is_crawled_again_and_tables_follow_when_the_policy_says_so(crawler: Crawler) -> None:
    crawler.put("churn/dt=2024-05-01/a.csv", "id,name,rate\n1,a,0.5\n")
    crawler.create(
        crawler.role(),
        RecrawlPolicy={"RecrawlBehavior": "CRAWL_EVERYTHING"},
        SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"},
        Configuration=INHERITED,
    )
    crawler.crawl()
    crawler.put("churn/dt=2024-05-02/b.csv", "id,name,rate,region\n2,b,0.25,eu\n")
    crawler.crawl()
    assert columns(crawler.tables()["csv_churn"]["StorageDescriptor"])[-1] == ("region", "string")


def test_a_changed_classifier_classifies_new_data_and_what_a_new_crawler_finds(crawler: Crawler) -> None:
    everything = {"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"}}
    crawler.create(crawler.role(), serde="LazySimpleSerDe", **everything)
    crawler.put("old/a.csv", HEADERED)
    crawler.crawl()
    crawler.glue.update_classifier(CsvClassifier={"Name": f"{crawler.name}-csv", "Serde": "OpenCSVSerDe"})
    crawler.put("new/a.csv", HEADERED)

    def serdes() -> dict[str, str]:
        crawler.glue.batch_delete_table(DatabaseName=crawler.lake.database, TablesToDelete=["csv_old", "csv_new"])
        crawler.crawl()
        tables = crawler.tables().items()
        return {name: table["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"] for name, table in tables}

    assert serdes() == {"csv_old": LAZY, "csv_new": OPEN_CSV}
    crawler.put("old/a.csv", f"{HEADERED}Thun,44000,21.6\n")
    assert serdes() == {"csv_old": OPEN_CSV, "csv_new": OPEN_CSV}


def test_the_built_in_classifier_needs_two_rows_of_data_to_see_a_header(crawler: Crawler) -> None:
    crawler.put("many/a.csv", HEADERED)
    crawler.put("single/a.csv", "run,mse\nr-1,4.5\n")
    crawler.put("events/a.txt", '{"id": 1, "who": {"Name": "x"}, "tags": ["a"]}\n')
    crawler.create(crawler.role(), Classifiers=[])
    crawler.crawl()
    tables = crawler.tables()
    assert [name for name, _ in columns(tables["csv_many"]["StorageDescriptor"])] == ["city", "population", "area"]
    assert tables["csv_many"]["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"] == LAZY
    assert columns(tables["csv_single"]["StorageDescriptor"]) == [("col0", "string"), ("col1", "string")]
    events = tables["csv_events"]["StorageDescriptor"]
    assert events["SerdeInfo"]["SerializationLibrary"] == JSON
    assert columns(events) == [("id", "bigint"), ("who", "struct<name:string>"), ("tags", "array<string>")]


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("s3:ListBucket", 's3:ListBucket on resource: "arn:aws:s3:::{bucket}" because'),
        ("s3:GetObject", 's3:GetObject on resource: "arn:aws:s3:::{bucket}/use-case=abalone/a/a.csv" because'),
    ],
)
def test_a_role_that_may_not_read_fails_the_crawl_and_the_rule_on_it_fires(
    crawler: Crawler, action: str, message: str
) -> None:
    deployment = crawler.deployment
    queue = deployment.queue("failures", "events.amazonaws.com")
    pattern = {
        "source": ["aws.glue"],
        "detail-type": ["Glue Crawler State Change"],
        "detail": {"crawlerName": [crawler.name], "state": ["Failed"]},
    }
    deployment.rule(pattern, {"Id": "queue", "Arn": deployment.arn("sqs", f"{deployment.prefix}-failures")})
    crawler.put("a/a.csv", HEADERED)
    crawler.create(crawler.role(action))
    last = crawler.crawl()
    assert last["Status"] == "FAILED"
    expected = f"Service Principal: glue.amazonaws.com is not authorized to perform: {message}"
    assert expected.format(bucket=crawler.lake.bucket) in last["ErrorMessage"]
    assert crawler.tables() == {}
    (event,) = deployment.messages(queue)
    assert '"state": "Failed"' in event["Body"]
    assert '"errorMessage": "Service Principal: glue.amazonaws.com is not authorized' in event["Body"]


def test_a_crawler_stays_within_its_prefix_and_database(crawler: Crawler) -> None:
    crawler.lake.put("other/a.csv", HEADERED)
    crawler.create(crawler.role(), Targets={"S3Targets": [{"Path": f"s3://{crawler.lake.bucket}/other/"}]})
    assert "s3:ListBucket" in crawler.crawl()["ErrorMessage"]
    other = f"{crawler.lake.database}_other"
    crawler.glue.create_database(DatabaseInput={"Name": other})
    crawler.glue.update_crawler(
        Name=crawler.name, DatabaseName=other,
        Targets={"S3Targets": [{"Path": f"s3://{crawler.lake.bucket}/use-case=abalone/"}]},
    )  # fmt: skip
    database = crawler.deployment.arn("glue", f"database/{other}")
    assert f"glue:GetDatabase on resource: {database}" in crawler.crawl()["ErrorMessage"]


def test_a_security_configuration_gives_the_crawler_a_log_group_that_its_role_has_to_encrypt(crawler: Crawler) -> None:
    key = crawler.deployment.root("kms").create_key()["KeyMetadata"]["Arn"]
    crawler.glue.create_security_configuration(
        Name=crawler.name,
        EncryptionConfiguration={
            "S3Encryption": [{"S3EncryptionMode": "SSE-KMS", "KmsKeyArn": key}],
            "CloudWatchEncryption": {"CloudWatchEncryptionMode": "SSE-KMS", "KmsKeyArn": key},
            "JobBookmarksEncryption": {"JobBookmarksEncryptionMode": "CSE-KMS", "KmsKeyArn": key},
        },
    )
    configuration = crawler.glue.get_security_configuration(Name=crawler.name)["SecurityConfiguration"]
    assert configuration["EncryptionConfiguration"]["CloudWatchEncryption"]["KmsKeyArn"] == key
    crawler.put("a/a.csv", HEADERED)
    role = crawler.role()
    crawler.create(role, CrawlerSecurityConfiguration=crawler.name)
    assert "logs:AssociateKmsKey" in crawler.crawl()["ErrorMessage"]

    group = f"/aws-glue/crawlers-role/{role.rsplit('/', 1)[-1]}-{crawler.name}"
    more = crawler.deployment.allow("logs:AssociateKmsKey", crawler.deployment.arn("logs", f"log-group:{group}*"))
    crawler.deployment.root("iam").put_role_policy(
        RoleName=role.rsplit("/", 1)[-1], PolicyName="more", PolicyDocument=crawler.lake.document(more)
    )
    last = crawler.crawl()
    assert (last["Status"], last["LogGroup"]) == ("SUCCEEDED", group), last
    assert "Created table csv_a" in crawler.log(group)


def refused(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value)


def test_definitions_are_checked_as_glue_does(crawler: Crawler) -> None:
    role = crawler.role()
    definition: dict[str, Any] = {
        "Name": crawler.name,
        "Role": role,
        "DatabaseName": crawler.lake.database,
        "Targets": {"S3Targets": [{"Path": f"s3://{crawler.lake.bucket}/x"}]},
    }
    create = crawler.glue.create_crawler
    assert "can have only LOG DeleteBehavior value and LOG UpdateBehavior value" in refused(
        create, **definition, RecrawlPolicy={"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}
    )
    assert "Schedule expression" in refused(create, **definition, Schedule="0 8 * * *")
    assert "Classifier nope not found" in refused(create, **definition, Classifiers=["nope"])
    assert "Security configuration nope not found" in refused(create, **definition, CrawlerSecurityConfiguration="nope")
    bad = {"S3Targets": [{"Path": f"s3://{crawler.lake.bucket}/x", "Exclusions": ["a{b"]}]}
    assert "a brace is not closed" in refused(create, **{**definition, "Targets": bad})
    untrusted = crawler.deployment.role("untrusted", "lambda.amazonaws.com")
    assert "unable to assume provided role" in refused(create, **{**definition, "Role": untrusted})


def test_a_running_crawler_can_be_stopped_and_nothing_else(crawler: Crawler) -> None:
    for number in range(80):
        crawler.put(f"a/dt={number}/a.csv", HEADERED)
    crawler.create(crawler.role())
    assert "CrawlerNotRunningException" in refused(crawler.glue.stop_crawler, Name=crawler.name)
    crawler.glue.start_crawler(Name=crawler.name)
    assert "CrawlerRunningException" in refused(crawler.glue.start_crawler, Name=crawler.name)
    assert "CrawlerRunningException" in refused(crawler.glue.delete_crawler, Name=crawler.name)
    crawler.glue.stop_crawler(Name=crawler.name)
    crawler.deployment.eventually(lambda: crawler.glue.get_crawler(Name=crawler.name)["Crawler"]["State"] == "READY")
    assert crawler.glue.get_crawler(Name=crawler.name)["Crawler"]["LastCrawl"]["Status"] == "CANCELLED"
    assert crawler.tables() == {}
    assert crawler.crawl()["Status"] == "SUCCEEDED"
    assert len(crawler.partitions("csv_a")) == 80


def test_a_schedule_can_be_paused(crawler: Crawler) -> None:
    crawler.create(crawler.role())
    schedule = {"ScheduleExpression": "cron(0 8 * * ? *)", "State": "SCHEDULED"}
    assert crawler.glue.get_crawler(Name=crawler.name)["Crawler"]["Schedule"] == schedule
    crawler.glue.stop_crawler_schedule(CrawlerName=crawler.name)
    paused = {**schedule, "State": "NOT_SCHEDULED"}
    assert crawler.glue.get_crawler(Name=crawler.name)["Crawler"]["Schedule"] == paused
    assert "SchedulerNotRunningException" in refused(crawler.glue.stop_crawler_schedule, CrawlerName=crawler.name)


def test_creating_a_crawler_needs_to_pass_its_role_and_keeps_its_tags(crawler: Crawler) -> None:
    role, arn = crawler.role(), crawler.deployment.arn("glue", f"crawler/{crawler.name}")
    may_create = crawler.deployment.allow(["glue:CreateCrawler", "glue:TagResource", "glue:UpdateCrawler"], arn)
    definition: dict[str, Any] = {
        "Name": crawler.name,
        "Role": role,
        "DatabaseName": crawler.lake.database,
        "Targets": {"S3Targets": [{"Path": f"s3://{crawler.lake.bucket}/x"}]},
        "Tags": {"team": "a"},
    }
    without = crawler.deployment.user("without", may_create)
    assert "iam:PassRole" in refused(without("glue").create_crawler, **definition)
    pass_role = crawler.deployment.allow("iam:PassRole", role)
    crawler.deployment.user("with", may_create, pass_role)("glue").create_crawler(**definition)
    assert "iam:PassRole" in refused(without("glue").update_crawler, Name=crawler.name, Role=role)
    assert crawler.glue.get_tags(ResourceArn=arn)["Tags"] == {"team": "a"}
    described = crawler.glue.get_crawler(Name=crawler.name)["Crawler"]
    assert described["RecrawlPolicy"] == {"RecrawlBehavior": "CRAWL_EVERYTHING"}
    crawler.glue.delete_crawler(Name=crawler.name)
    assert "EntityNotFoundException" in refused(crawler.glue.get_crawler, Name=crawler.name)
