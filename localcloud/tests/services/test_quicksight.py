"""QuickSight: data sources, data sets that are really filled, dashboards, and who may see them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from .conftest import Deployment

pytestmark = pytest.mark.local

ACCOUNT = "123456789012"
ID = {"AwsAccountId": ACCOUNT}
VIEWER = f"arn:aws:quicksight:us-east-1:{ACCOUNT}:user/default/ada@example.com"
GROUP = f"arn:aws:quicksight:eu-west-1:{ACCOUNT}:group/default/analysts"
COLUMNS = [
    {"Name": "version", "Type": "INTEGER"},
    {"Name": "rmse", "Type": "DECIMAL"},
    {"Name": "dataset", "Type": "STRING"},
]


def actions(text: str) -> list[str]:
    return [f"quicksight:{name}" for name in text.split()]


SOURCE_VIEWER = actions("DescribeDataSource DescribeDataSourcePermissions PassDataSource")
SOURCE_OWNER = [*SOURCE_VIEWER, *actions("UpdateDataSource DeleteDataSource UpdateDataSourcePermissions")]
BOARD_VIEWER = actions("DescribeDashboard ListDashboardVersions QueryDashboard")


@dataclass
class Kpis:
    """A table of two rows in S3, a workgroup, and QuickSight on top of it."""

    deployment: Deployment
    bucket: str
    database: str
    workgroup: str

    @property
    def quicksight(self) -> Any:
        return self.deployment.root("quicksight")

    def named(self, name: str) -> str:
        return f"{self.deployment.prefix}-{name}"

    def role(self, name: str, *statements: dict[str, Any], **trust: Any) -> str:
        return self.deployment.role(name, "quicksight.amazonaws.com", *statements, **trust)

    def reader(self, name: str, **trust: Any) -> str:
        """A role that may do what a data source's role has to."""
        allow, arn = self.deployment.allow, self.deployment.arn
        catalog = [arn("glue", part) for part in ("catalog", f"database/{self.database}", f"table/{self.database}/*")]
        return self.role(
            name,
            allow(
                ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"],
                arn("athena", f"workgroup/{self.workgroup}"),
            ),
            allow(["athena:GetDataCatalog"], arn("athena", "datacatalog/AwsDataCatalog")),
            allow(["glue:GetDatabase", "glue:GetTable", "glue:GetPartitions"], *catalog),
            allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{self.bucket}/*"),
            allow(["s3:ListBucket", "s3:GetBucketLocation"], f"arn:aws:s3:::{self.bucket}"),
            **trust,
        )

    def source(self, name: str, role: str | None, **more: Any) -> str:
        parameters = {"WorkGroup": self.workgroup, **({"RoleArn": role} if role else {})}
        data_source = self.quicksight.create_data_source(
            **ID,
            DataSourceId=self.named(name),
            Name=name,
            Type="ATHENA",
            DataSourceParameters={"AthenaParameters": parameters},
            **more,
        )
        self.settled("data_source", DataSourceId=self.named(name))
        return data_source["Arn"]

    def settled(self, what: str, **which: str) -> str:
        """The status once QuickSight is through."""

        def ended() -> str:
            answer = getattr(self.quicksight, f"describe_{what}")(**ID, **which)
            record = answer.get("DataSource") or answer["Dashboard"]["Version"]
            return "" if record["Status"].endswith("IN_PROGRESS") else record["Status"]

        return self.deployment.eventually(ended)

    def data_set(self, name: str, source: str, sql: str, **more: Any) -> dict[str, Any]:
        table = {"DataSourceArn": source, "Name": "kpi", "SqlQuery": sql, "Columns": COLUMNS}
        return self.quicksight.create_data_set(
            **ID,
            **{
                "DataSetId": self.named(name),
                "Name": name,
                "ImportMode": "SPICE",
                "PhysicalTableMap": {"kpi": {"CustomSql": table}},
                **more,
            },
        )

    def ingested(self, ids: dict[str, Any]) -> dict[str, Any]:
        """The ingestion once it has ended."""

        def ended() -> Any:
            which = {"DataSetId": ids["DataSetId"], "IngestionId": ids["IngestionId"]}
            ingestion = self.quicksight.describe_ingestion(**ID, **which)["Ingestion"]
            return ingestion if ingestion["IngestionStatus"] in {"COMPLETED", "FAILED", "CANCELLED"} else None

        return self.deployment.eventually(ended)

    @property
    def sql(self) -> str:
        return f'SELECT version, rmse, dataset FROM "{self.database}"."model_metrics" ORDER BY version'


@pytest.fixture
def kpis(deployment: Deployment) -> Kpis:
    prefix = deployment.prefix
    bucket, database = f"{prefix}-data", f"{prefix}_kpis".replace("-", "_")
    s3, glue = deployment.root("s3"), deployment.root("glue")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="kpi/one.csv", Body=b"version,rmse,dataset\n1,2.5,a\n2,2.25,b\n")
    glue.create_database(DatabaseInput={"Name": database})
    glue.create_table(
        DatabaseName=database,
        TableInput={
            "Name": "model_metrics",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"skip.header.line.count": "1", "classification": "csv"},
            "StorageDescriptor": {
                "Columns": [
                    {"Name": "version", "Type": "bigint"},
                    {"Name": "rmse", "Type": "double"},
                    {"Name": "dataset", "Type": "string"},
                ],
                "Location": f"s3://{bucket}/kpi/",
                "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                "SerdeInfo": {
                    "SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
                    "Parameters": {"field.delim": ","},
                },
            },
        },
    )
    deployment.root("athena").create_work_group(
        Name=f"{prefix}-kpis",
        Configuration={"ResultConfiguration": {"OutputLocation": f"s3://{bucket}/results/"}},
    )
    return Kpis(deployment, bucket, database, f"{prefix}-kpis")


def test_a_data_set_in_spice_is_filled_with_what_the_sources_role_may_read(kpis: Kpis) -> None:
    source = kpis.source("kpis", kpis.reader("reader"))
    data_set = kpis.data_set("metrics", source, kpis.sql)
    run = kpis.ingested(data_set)
    assert run["IngestionStatus"] == "COMPLETED", run
    assert run["RowInfo"] == {"RowsIngested": 2, "RowsDropped": 0, "TotalRowsInDataset": 2}
    assert run["RequestType"] == "INITIAL_INGESTION"
    rows = kpis.deployment.cloud.internal("GET", "/_local/spice")[data_set["DataSetId"]]
    assert rows == [{"version": 1, "rmse": 2.5, "dataset": "a"}, {"version": 2, "rmse": 2.25, "dataset": "b"}]


def test_a_table_is_read_by_its_name(kpis: Kpis) -> None:
    source = kpis.source("kpis", kpis.reader("reader"))
    table = {"DataSourceArn": source, "Schema": kpis.database, "Name": "model_metrics", "InputColumns": COLUMNS}
    data_set = kpis.data_set("metrics", source, "", PhysicalTableMap={"kpi": {"RelationalTable": table}})
    run = kpis.ingested(data_set)
    assert run["IngestionStatus"] == "COMPLETED", run
    assert run["RowInfo"]["TotalRowsInDataset"] == 2


def test_a_new_row_is_there_after_the_next_ingestion_only(kpis: Kpis) -> None:
    data_set = kpis.data_set("metrics", kpis.source("kpis", kpis.reader("reader")), kpis.sql)
    kpis.ingested(data_set)
    body = b"version,rmse,dataset\n3,1,c\n"
    kpis.deployment.root("s3").put_object(Bucket=kpis.bucket, Key="kpi/two.csv", Body=body)
    which = {"DataSetId": data_set["DataSetId"], "IngestionId": "next"}
    kpis.quicksight.create_ingestion(**ID, **which)
    assert kpis.ingested(which)["RowInfo"]["TotalRowsInDataset"] == 3
    runs = kpis.quicksight.list_ingestions(**ID, DataSetId=data_set["DataSetId"])["Ingestions"]
    assert [run["IngestionId"] for run in runs] == ["next", data_set["IngestionId"]]


def test_a_role_that_may_not_read_fails_the_ingestion(kpis: Kpis) -> None:
    allow, arn = kpis.deployment.allow, kpis.deployment.arn
    reads = ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:GetQueryResults"]
    elsewhere = kpis.role("other", allow(reads, arn("athena", "workgroup/another")))
    run = kpis.ingested(kpis.data_set("metrics", kpis.source("kpis", elsewhere), kpis.sql))
    assert run["IngestionStatus"] == "FAILED"
    assert run["ErrorInfo"]["Type"] == "PERMISSION_DENIED"
    assert "athena:StartQueryExecution" in run["ErrorInfo"]["Message"]
    assert kpis.deployment.cloud.internal("GET", "/_local/spice").get(kpis.named("metrics")) is None


def test_a_role_that_stops_trusting_quicksight_fails_the_next_ingestion(kpis: Kpis) -> None:
    data_set = kpis.data_set("metrics", kpis.source("kpis", kpis.reader("reader")), kpis.sql)
    kpis.ingested(data_set)
    trust = '{"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}]}'
    kpis.deployment.root("iam").update_assume_role_policy(RoleName=kpis.named("reader"), PolicyDocument=trust)
    which = {"DataSetId": data_set["DataSetId"], "IngestionId": "next"}
    kpis.quicksight.create_ingestion(**ID, **which)
    assert kpis.ingested(which)["ErrorInfo"]["Type"] == "FAILURE_TO_ASSUME_ROLE"


@pytest.mark.parametrize(("condition", "trusted"), [("kpis", True), ("another", False)])
def test_a_role_can_trust_quicksight_for_one_data_source_only(kpis: Kpis, condition: str, trusted: bool) -> None:
    source = kpis.deployment.arn("quicksight", f"datasource/{kpis.named(condition)}")
    role = kpis.reader("reader", Condition={"ArnEquals": {"aws:SourceArn": source}})
    if trusted:
        kpis.source("kpis", role)
        return
    with pytest.raises(ClientError, match="Failed to assume your role") as refused:
        kpis.source("kpis", role)
    assert refused.value.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 401


def test_a_query_that_lacks_a_declared_column_or_a_table_fails_the_ingestion(kpis: Kpis) -> None:
    source = kpis.source("kpis", kpis.reader("reader"))
    narrow = f'SELECT version FROM "{kpis.database}"."model_metrics" WHERE version > 9'
    run = kpis.ingested(kpis.data_set("narrow", source, narrow))
    assert run["ErrorInfo"] == {
        "Type": "SQL_SCHEMA_MISMATCH_ERROR",
        "Message": "The query gives no column rmse, dataset.",
    }
    broken = f'SELECT version, rmse, dataset FROM "{kpis.database}"."nothing"'
    assert kpis.ingested(kpis.data_set("broken", source, broken))["IngestionStatus"] == "FAILED"


def test_a_data_source_takes_a_moment_and_its_role_has_to_be_passed(kpis: Kpis) -> None:
    role = kpis.reader("reader")
    parameters = {"AthenaParameters": {"WorkGroup": kpis.workgroup, "RoleArn": role}}
    which = {**ID, "DataSourceId": kpis.named("kpis")}
    data_source = kpis.quicksight.create_data_source(
        **which, Name="kpis", Type="ATHENA", DataSourceParameters=parameters
    )
    assert data_source["CreationStatus"] == "CREATION_IN_PROGRESS"
    assert kpis.settled("data_source", DataSourceId=kpis.named("kpis")) == "CREATION_SUCCESSFUL"
    stranger = kpis.deployment.user("stranger")("quicksight")
    with pytest.raises(ClientError, match="not authorized to perform: quicksight:DescribeDataSource"):
        stranger.describe_data_source(**which)


def test_permissions_are_granted_and_revoked_one_principal_at_a_time(kpis: Kpis) -> None:
    owner = [{"Principal": GROUP, "Actions": SOURCE_OWNER}]
    kpis.source("kpis", kpis.reader("reader"), Permissions=owner)
    which = {**ID, "DataSourceId": kpis.named("kpis")}

    def held() -> dict[str, set[str]]:
        permissions = kpis.quicksight.describe_data_source_permissions(**which)["Permissions"]
        return {item["Principal"]: set(item["Actions"]) for item in permissions}

    kpis.quicksight.update_data_source_permissions(
        **which, GrantPermissions=[{"Principal": VIEWER, "Actions": SOURCE_VIEWER}]
    )
    assert held() == {GROUP: set(SOURCE_OWNER), VIEWER: set(SOURCE_VIEWER)}
    kpis.quicksight.update_data_source_permissions(**which, RevokePermissions=owner)
    assert held() == {VIEWER: set(SOURCE_VIEWER)}


@pytest.mark.parametrize(
    ("principal", "granted", "reason"),
    [
        ("arn:aws:quicksight:us-east-1:999999999999:user/default/ada", SOURCE_VIEWER, "is not valid"),
        (f"arn:aws:iam::{ACCOUNT}:user/ada", SOURCE_VIEWER, "is not valid"),
        (f"arn:aws:quicksight:us-east-1:{ACCOUNT}:user/ada", SOURCE_VIEWER, "is not valid"),
        (f"arn:aws:quicksight:us-east-1:{ACCOUNT}:namespace/default", SOURCE_VIEWER, "is not valid"),
        (VIEWER, SOURCE_VIEWER[:1], "missing"),
        (VIEWER, [*SOURCE_VIEWER, "quicksight:Everything"], "unknown"),
        (VIEWER, actions("DescribeDataSet PassDataSet"), "missing"),
    ],
)
def test_a_principal_or_action_set_that_quicksight_does_not_know_is_refused(
    kpis: Kpis, principal: str, granted: list[str], reason: str
) -> None:
    with pytest.raises(ClientError, match=reason) as refused:
        kpis.source("kpis", kpis.reader("reader"), Permissions=[{"Principal": principal, "Actions": granted}])
    assert "InvalidParameterValueException" in str(refused.value)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        kpis.quicksight.describe_data_source(**ID, DataSourceId=kpis.named("kpis"))


def board(data_set: str, column: str, field: str = "NumericalMeasureField") -> dict[str, Any]:
    identified = {"DataSetIdentifier": "metrics", "ColumnName": column}
    values = [{field: {"FieldId": "value", "Column": identified}}]
    wells = {"BarChartAggregatedFieldWells": {"Values": values}}
    visual = {"BarChartVisual": {"VisualId": "bars", "ChartConfiguration": {"FieldWells": wells}}}
    return {
        "DataSetIdentifierDeclarations": [{"Identifier": "metrics", "DataSetArn": data_set}],
        "Sheets": [{"SheetId": "one", "Name": "KPIs", "Visuals": [visual]}],
    }


def test_a_dashboards_new_version_is_shown_once_it_is_published(kpis: Kpis) -> None:
    quicksight, which = kpis.quicksight, {**ID, "DashboardId": kpis.named("board")}
    data_set = kpis.data_set("metrics", kpis.source("kpis", kpis.reader("reader")), kpis.sql)
    definition = board(data_set["Arn"], "rmse")
    viewers = [{"Principal": VIEWER, "Actions": BOARD_VIEWER}]
    quicksight.create_dashboard(**which, Name="KPIs", Definition=definition, Permissions=viewers)
    assert kpis.settled("dashboard", DashboardId=which["DashboardId"]) == "CREATION_SUCCESSFUL"
    quicksight.update_dashboard(**which, Name="KPIs", Definition=board(data_set["Arn"], "version"))
    shown = quicksight.describe_dashboard(**which)["Dashboard"]
    assert (shown["Version"]["VersionNumber"], shown["Version"]["DataSetArns"]) == (1, [data_set["Arn"]])
    assert quicksight.describe_dashboard_definition(**which)["Definition"] == definition

    def published() -> bool:
        try:
            quicksight.update_dashboard_published_version(**which, VersionNumber=2)
        except quicksight.exceptions.ConflictException:
            return False
        return True

    kpis.deployment.eventually(published)
    assert quicksight.describe_dashboard(**which)["Dashboard"]["Version"]["VersionNumber"] == 2
    versions = quicksight.list_dashboard_versions(**which)["DashboardVersionSummaryList"]
    assert [item["VersionNumber"] for item in versions] == [1, 2]
    quicksight.delete_dashboard(**which)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        quicksight.describe_dashboard(**which)


def test_a_dashboard_has_a_starter_theme_and_no_theme_that_does_not_exist(kpis: Kpis) -> None:
    data_set = kpis.data_set("metrics", kpis.source("kpis", kpis.reader("reader")), kpis.sql)
    board_id, definition = {**ID, "DashboardId": kpis.named("board")}, board(data_set["Arn"], "rmse")
    unknown = kpis.deployment.arn("quicksight", "theme/nothing")
    with pytest.raises(ClientError, match=r"ResourceNotFoundException.*theme/nothing is not found"):
        kpis.quicksight.create_dashboard(**board_id, Name="KPIs", Definition=definition, ThemeArn=unknown)
    midnight = "arn:aws:quicksight::aws:theme/MIDNIGHT"
    kpis.quicksight.create_dashboard(**board_id, Name="KPIs", Definition=definition, ThemeArn=midnight)
    assert kpis.settled("dashboard", DashboardId=board_id["DashboardId"]) == "CREATION_SUCCESSFUL"
    assert kpis.quicksight.describe_dashboard(**board_id)["Dashboard"]["Version"]["ThemeArn"] == midnight
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        kpis.quicksight.update_dashboard(**board_id, Name="KPIs", Definition=definition, ThemeArn=unknown)


@pytest.mark.parametrize(
    ("column", "field", "error"),
    [
        ("nothing", "NumericalMeasureField", "COLUMN_REPLACEMENT_MISSING"),
        ("dataset", "NumericalMeasureField", "COLUMN_TYPE_MISMATCH"),
        ("rmse", "DateMeasureField", "COLUMN_TYPE_MISMATCH"),
    ],
)
def test_a_dashboard_of_columns_that_do_not_fit_fails(kpis: Kpis, column: str, field: str, error: str) -> None:
    data_set = kpis.data_set("metrics", kpis.source("kpis", kpis.reader("reader")), kpis.sql)
    which = {**ID, "DashboardId": kpis.named("board")}
    kpis.quicksight.create_dashboard(**which, Name="KPIs", Definition=board(data_set["Arn"], column, field))
    assert kpis.settled("dashboard", DashboardId=which["DashboardId"]) == "CREATION_FAILED"
    (problem,) = kpis.quicksight.describe_dashboard(**which)["Dashboard"]["Version"]["Errors"]
    assert problem["Type"] == error


def schedule(interval: str, kind: str = "FULL_REFRESH", **frequency: Any) -> dict[str, Any]:
    return {"ScheduleId": "daily", "RefreshType": kind, "ScheduleFrequency": {"Interval": interval, **frequency}}


def test_a_refresh_schedule_is_kept_and_one_that_cannot_be_is_refused(kpis: Kpis) -> None:
    data_set = kpis.data_set("metrics", kpis.source("kpis", kpis.reader("reader")), kpis.sql)
    which = {**ID, "DataSetId": data_set["DataSetId"]}
    kpis.quicksight.create_refresh_schedule(**which, Schedule=schedule("DAILY", TimeOfTheDay="09:00", Timezone="UTC"))
    answer = kpis.quicksight.describe_refresh_schedule(**which, ScheduleId="daily")
    assert answer["RefreshSchedule"]["ScheduleFrequency"]["TimeOfTheDay"] == "09:00"
    assert answer["Arn"] == f"{data_set['Arn']}/refresh-schedule/daily"
    wrong = [
        schedule("WEEKLY"),
        schedule("DAILY", RefreshOnDay={"DayOfWeek": "MONDAY"}),
        schedule("DAILY", TimeOfTheDay="25:00"),
        schedule("DAILY", "INCREMENTAL_REFRESH"),
    ]
    for item in wrong:
        with pytest.raises(ClientError, match="InvalidParameterValueException"):
            kpis.quicksight.create_refresh_schedule(**which, Schedule={**item, "ScheduleId": "another"})


def test_a_malformed_or_unknown_thing_is_refused(kpis: Kpis) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        kpis.quicksight.describe_data_set(**ID, DataSetId="nothing")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        kpis.quicksight.describe_data_set(AwsAccountId="999999999999", DataSetId="nothing")
    with pytest.raises(ClientError, match="regular expression pattern"):
        kpis.quicksight.describe_dashboard(**ID, DashboardId="not a valid id")
    with pytest.raises(ClientError, match="is not found"):
        kpis.data_set("metrics", kpis.deployment.arn("quicksight", "datasource/nothing"), kpis.sql)
    with pytest.raises(ClientError, match="UnknownOperationException"):
        kpis.quicksight.list_analyses(**ID)


def test_a_subscription_has_users_and_groups_until_it_ends(deployment: Deployment) -> None:
    quicksight = deployment.root("quicksight")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        quicksight.describe_account_subscription(**ID)
    quicksight.create_account_subscription(
        **ID, AuthenticationMethod="IAM_AND_QUICKSIGHT", AccountName="a", NotificationEmail="a@example.com"
    )
    info = quicksight.describe_account_subscription(**ID)["AccountInfo"]
    assert (info["Edition"], info["AccountSubscriptionStatus"]) == ("ENTERPRISE", "ACCOUNT_CREATED")

    place = {**ID, "Namespace": "default"}
    user = {"IdentityType": "QUICKSIGHT", "UserRole": "READER", "Email": "ada@example.com"}
    quicksight.register_user(**place, **user)
    quicksight.create_group(**place, GroupName="analysts")
    assert quicksight.describe_user(**place, UserName="ada@example.com")["User"]["Arn"] == VIEWER
    assert quicksight.describe_group(**place, GroupName="analysts")["Group"]["GroupName"] == "analysts"
    with pytest.raises(ClientError, match="ResourceExistsException"):
        quicksight.register_user(**place, **user)
    quicksight.delete_group(**place, GroupName="analysts")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        quicksight.describe_group(**place, GroupName="analysts")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        quicksight.describe_user(**ID, Namespace="other", UserName="ada@example.com")

    quicksight.delete_account_subscription(**ID)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        quicksight.describe_user(**place, UserName="ada@example.com")
