"""Athena answers from the data that the caller may read, and counts what it reads."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from .lake import JSON, LAZY, METRICS, OPEN_CSV, Lake

if TYPE_CHECKING:
    from .conftest import Deployment

pytestmark = pytest.mark.local


@pytest.fixture
def lake(deployment: Deployment) -> Lake:
    lake = Lake(deployment)
    lake.create_workgroup()
    return lake


def size(lake: Lake, prefix: str) -> int:
    objects = lake.deployment.root("s3").list_objects_v2(Bucket=lake.bucket, Prefix=prefix)["Contents"]
    return sum(item["Size"] for item in objects)


def test_a_projected_table_answers_at_once_from_the_objects_of_the_wanted_use_case(lake: Lake) -> None:
    lake.metrics_table()
    for day, mse in (("2024-05-01", 4.5), ("2024-05-02", 7.0), ("2024-06-01", 5.25)):
        lake.metrics_row(day, f"e-{day}", mse)
    lake.metrics_row("2024-05-01", "other", 1.0, use_case="other")

    sql = "SELECT execution_id, mse, passed, dt FROM model_metrics WHERE use_case = 'abalone' ORDER BY dt"
    assert lake.rows(sql) == [
        {"execution_id": "e-2024-05-01", "mse": "4.5", "passed": "true", "dt": "2024-05-01"},
        {"execution_id": "e-2024-05-02", "mse": "7.0", "passed": "false", "dt": "2024-05-02"},
        {"execution_id": "e-2024-06-01", "mse": "5.25", "passed": "true", "dt": "2024-06-01"},
    ]


@pytest.mark.parametrize(
    "condition",
    [
        "use_case = 'abalone' AND dt = '2024-05-02'",
        "use_case IN ('abalone') AND dt BETWEEN '2024-05-02' AND '2024-05-30'",
        "use_case = 'abalone' AND dt > '2024-05-01' AND dt < '2024-06-01'",
        "use_case = 'abalone' AND cast(dt AS date) = date '2024-05-01' + interval '1' day",
        "use_case = 'abalone' AND dt = date_format(date_add('day', 1, date '2024-05-01'), '%Y-%m-%d')",
    ],
)
def test_only_the_bytes_of_partitions_that_can_match_are_scanned(lake: Lake, condition: str) -> None:
    lake.metrics_table()
    for day in ("2024-05-01", "2024-05-02", "2024-06-01"):
        lake.metrics_row(day, f"execution-{day}", 4.5)
    execution = lake.query("SELECT count(*) FROM model_metrics WHERE " + condition)
    assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
    assert execution["Statistics"]["DataScannedInBytes"] == size(lake, "kpi/use_case=abalone/dt=2024-05-02/")


def test_conditions_reach_the_partitions_through_common_table_expressions_but_not_through_a_limit(lake: Lake) -> None:
    lake.metrics_table()
    for day in ("2024-05-01", "2024-05-02"):
        lake.metrics_row(day, f"execution-{day}", 4.5)
    one_day = size(lake, "kpi/use_case=abalone/dt=2024-05-02/")
    inner = "SELECT dt AS day, use_case, count(*) AS n FROM model_metrics GROUP BY dt, use_case"
    outer = "SELECT n FROM per_day WHERE use_case = 'abalone' AND day = '2024-05-02'"
    execution = lake.query(f"WITH per_day AS ({inner}) {outer}")
    assert execution["Statistics"]["DataScannedInBytes"] == one_day

    limited = "SELECT * FROM model_metrics WHERE use_case = 'abalone' ORDER BY dt LIMIT 1"
    assert lake.rows("SELECT dt FROM (" + limited + ") WHERE dt = '2024-05-02'") == []


def test_an_outer_join_keeps_the_rows_that_its_condition_cannot_judge(lake: Lake) -> None:
    lake.metrics_table()
    for day in ("2024-05-01", "2024-05-02"):
        lake.metrics_row(day, f"e-{day}", 4.5)
    sql = """
        SELECT a.dt, b.execution_id FROM model_metrics a
        LEFT JOIN model_metrics b ON a.dt = b.dt AND b.use_case = 'abalone' AND b.dt = '2024-05-02'
        WHERE a.use_case = 'abalone' ORDER BY a.dt
    """
    assert lake.rows(sql) == [
        {"dt": "2024-05-01", "execution_id": None},
        {"dt": "2024-05-02", "execution_id": "e-2024-05-02"},
    ]


def test_an_injected_column_needs_an_equality_condition(lake: Lake) -> None:
    lake.metrics_table()
    assert lake.failure("SELECT * FROM model_metrics WHERE use_case LIKE 'aba%'") == (
        "CONSTRAINT_VIOLATION: For the injected projected partition column use_case, the WHERE clause must contain "
        "only static equality conditions, and at least one such condition must be present."
    )


def test_registry_events_answer_with_their_nested_members(lake: Lake) -> None:
    columns = [("time", "string"), ("detail", "struct<modelpackagearn:string,version:int>"), ("tags", "array<string>")]
    lake.table("events", columns, serde=JSON)
    event = {"time": "2024-05-01T10:00:00Z", "Detail": {"ModelPackageArn": "arn:x", "Version": 3}, "tags": ["a", "b"]}
    lake.put("events/one.json", json.dumps(event) + "\n")
    lake.put("events/_temporary/half.json", "{")
    lake.put("events/.hidden.json", "{")
    sql = """
        SELECT detail.modelpackagearn AS arn, detail.version + 1 AS next, cardinality(tags) AS n, tags,
               from_iso8601_timestamp(time) AS t FROM events
    """
    assert lake.rows(sql) == [
        {"arn": "arn:x", "next": "4", "n": "2", "tags": "[a, b]", "t": "2024-05-01 10:00:00.000 UTC"}
    ]

    lake.put("events/two.json", "not json\n")
    assert lake.failure(sql).startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")


def test_csv_is_read_as_its_serde_says(lake: Lake) -> None:
    columns = [("name", "string"), ("n", "bigint")]
    lake.table("lazy", columns)
    lake.put("lazy/a.csv", '"a,b",1\r\nc,2.5\nd\n\\N,4\n')
    assert lake.rows("SELECT name, n FROM lazy ORDER BY name") == [
        {"name": '"a', "n": None},  # LazySimpleSerDe knows no quotes: the second field is `b"`
        {"name": "c", "n": None},
        {"name": "d", "n": None},
        {"name": None, "n": "4"},
    ]
    lake.table("quoted", columns, serde=OPEN_CSV, serde_properties={"separatorChar": ",", "quoteChar": '"'},
               parameters={"skip.header.line.count": "1"})  # fmt: skip
    lake.put("quoted/a.csv", 'name,n\n"a,b",1\n')
    assert lake.rows("SELECT name, n FROM quoted") == [{"name": "a,b", "n": "1"}]
    lake.put("quoted/b.csv", "name,n\nx,\n")
    assert lake.failure("SELECT n FROM quoted").startswith("HIVE_BAD_DATA: Error parsing field value '' for field 1")


def test_functions_of_trino_mean_the_same(lake: Lake) -> None:
    expressions = {
        "date_parse('2024-05-01 10:30', '%Y-%m-%d %H:%i')": "2024-05-01 10:30:00.000",
        "date_format(timestamp '2024-05-01 10:30:00', '%Y/%m %H:%i')": "2024/05 10:30",
        "format_datetime(timestamp '2024-05-01 10:30:00', 'yyyy-MM-dd HH:mm')": "2024-05-01 10:30",
        "parse_datetime('2024/05/01', 'yyyy/MM/dd')": "2024-05-01 00:00:00.000 UTC",
        "from_iso8601_timestamp('2024-05-01T10:30:00+02:00')": "2024-05-01 08:30:00.000 UTC",
        "date_diff('hour', timestamp '2024-05-01 10:30:00', timestamp '2024-05-02 10:15:00')": "23",
        "date_add('month', 1, date '2024-01-31')": "2024-02-29",
        "date_trunc('month', date '2024-05-17')": "2024-05-01",
        "to_unixtime(timestamp '1970-01-01 00:01:00')": "60.0",
        "json_extract_scalar('{\"a\": {\"b\": 3}}', '$.a.b')": "3",
        "regexp_extract('arn:model/7', '/(\\d+)', 1)": "7",
        "element_at(split('a/b/c', '/'), -1)": "c",
        "try(cast('x' AS integer))": None,
        "if(1 > 2, 'yes', 'no')": "no",
        "contains(ARRAY[1, 2], 2)": "true",
        "map(ARRAY['a'], ARRAY[1])['a']": "1",
        "cast(date '2024-05-01' AS varchar)": "2024-05-01",
        "to_iso8601(timestamp '2024-05-01 10:30:00')": "2024-05-01T10:30:00.000",
        "to_iso8601(from_iso8601_timestamp('2024-05-01T10:30:00Z'))": "2024-05-01T10:30:00.000Z",
        "cardinality(map(ARRAY['a', 'b'], ARRAY[1, 2]))": "2",
        "round(7.12e0, 1)": "7.1",
    }
    for expression, expected in expressions.items():
        (row,) = lake.rows(f"SELECT {expression} AS value")
        assert (expression, row["value"]) == (expression, expected)
    values = "(VALUES (1, 'a'), (2, 'b'), (3, 'c')) AS t(n, s)"
    aggregates = """
        SELECT max_by(s, n) AS s, count_if(n > 1) AS c, approx_distinct(s) AS d, avg(n) AS a,
               array_join(array_agg(s ORDER BY n DESC), '-') AS j FROM
    """
    assert lake.rows(aggregates + values) == [{"s": "c", "c": "2", "d": "3", "a": "2.0", "j": "c-b-a"}]


def test_rows_without_values_count(lake: Lake) -> None:
    lake.table("sparse", [("a", "string")], serde=JSON)
    lake.put("sparse/a.json", '{"a": "x"}\n{"b": 1}\n{"a": ""}\n')
    assert lake.rows("SELECT count(*) AS n, count(a) AS a FROM sparse") == [{"n": "3", "a": "2"}]


def test_types_follow_athena_where_duckdb_differs(lake: Lake) -> None:
    (row,) = lake.rows("SELECT 7 / 2 AS whole, 7 / 2e0 AS half, 1e10 AS big, cast(1 AS decimal(5, 2)) AS d, 'x' AS s")
    assert row == {"whole": "3", "half": "3.5", "big": "1.0E10", "d": "1.00", "s": "x"}
    execution = lake.query("SELECT count(*), current_date, 1.5e0 AS x, true AS ok, timestamp '2024-01-01 00:00' AS t")
    results = lake.deployment.root("athena").get_query_results(QueryExecutionId=execution["QueryExecutionId"])
    columns = results["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(column["Name"], column["Type"]) for column in columns] == [
        ("_col0", "bigint"), ("_col1", "date"), ("x", "double"), ("ok", "boolean"), ("t", "timestamp"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            "SELECT * FROM nothing",
            "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.{database}.nothing' does not exist",
        ),
        ("SELECT * FROM nowhere.nothing", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nowhere' does not exist"),
        (
            "SELECT\n  nope FROM model_metrics WHERE use_case = 'x'",
            "COLUMN_NOT_FOUND: line 2:3: Column 'nope' cannot be resolved or requester is not authorized to access {r}",
        ),
        (
            "SELECT 1 FROM model_metrics WHERE use_case = 'x' AND dt >= current_date - interval '7' day",
            "TYPE_MISMATCH: line 1:54: Cannot apply operator: varchar >= date",
        ),
        ("SELECT read_csv('/etc/passwd')", "FUNCTION_NOT_FOUND: line 1:8: Function 'read_csv' not registered"),
        ("SELECT 1, list_sort(ARRAY[2, 1])", "FUNCTION_NOT_FOUND: line 1:11: Function 'list_sort' not registered"),
    ],
)
def test_a_wrong_statement_fails_in_athenas_words(lake: Lake, sql: str, reason: str) -> None:
    lake.metrics_table()
    assert lake.failure(sql) == reason.format(database=lake.database, r="requested resources")


@pytest.mark.parametrize("sql", ["COPY (SELECT 1) TO '/tmp/x'", "SET threads = 1",
                                 "ATTACH 'x'", "CREATE TABLE x (a int)", "SELECT 1; SELECT 2", "SELEC 1"])  # fmt: skip
def test_nothing_but_one_query_is_started(lake: Lake, sql: str) -> None:
    with pytest.raises(ClientError, match="InvalidRequestException"):
        lake.start(sql)


@pytest.mark.parametrize(
    "source", ["'/etc/passwd'", "read_csv('/etc/passwd')", "duckdb_settings()", "read_text('/etc/passwd')"]
)
def test_statements_cannot_reach_files_or_settings_of_this_machine(lake: Lake, source: str) -> None:
    reason = lake.failure("SELECT * FROM " + source)
    assert reason.startswith(("NOT_SUPPORTED", "FUNCTION_NOT_FOUND", "TABLE_NOT_FOUND"))


def test_parameters_stand_for_question_marks_in_order(lake: Lake) -> None:
    lake.metrics_table()
    lake.metrics_row("2024-05-01", "e", 4.5)
    sql = "SELECT ? AS label, mse FROM model_metrics WHERE use_case = ? AND dt = ?"
    parameters = ["'first'", "'abalone'", "'2024-05-01'"]
    assert lake.rows(sql, ExecutionParameters=parameters) == [{"label": "first", "mse": "4.5"}]


def test_catalog_partitions_are_pruned_and_checked_against_the_table(lake: Lake) -> None:
    lake.table("catalogued", METRICS, [("dt", "string")])
    glue = lake.deployment.root("glue")

    def partition(day: str, mse_type: str) -> None:
        columns = [{"Name": name, "Type": mse_type if name == "mse" else kind} for name, kind in METRICS]
        glue.create_partition(DatabaseName=lake.database, TableName="catalogued", PartitionInput={
            "Values": [day],
            "StorageDescriptor": {
                "Columns": columns, "Location": f"s3://{lake.bucket}/elsewhere/{day}/",
                "SerdeInfo": {"SerializationLibrary": LAZY, "Parameters": {"field.delim": ","}},
            },
        })  # fmt: skip
        lake.put(f"elsewhere/{day}/a.csv", f"{day} 00:00:00,e,1.5,1,true\n")

    partition("2024-05-01", "double")
    partition("2024-05-02", "double")
    execution = lake.query("SELECT mse FROM catalogued WHERE dt = '2024-05-02'")
    assert execution["Statistics"]["DataScannedInBytes"] == size(lake, "elsewhere/2024-05-02/")
    assert lake.rows("SHOW PARTITIONS catalogued") == [{"dt=2024-05-01": "dt=2024-05-02"}]  # without a header row
    partition("2024-05-03", "string")
    assert lake.failure("SELECT count(*) FROM catalogued").startswith("HIVE_PARTITION_SCHEMA_MISMATCH: ")


def test_show_and_describe_answer_from_the_catalog(lake: Lake) -> None:
    lake.metrics_table()
    athena = lake.deployment.root("athena")

    def lines(sql: str) -> list[list[str]]:
        execution = lake.query(sql)
        assert execution["StatementType"] == "UTILITY"
        results = athena.get_query_results(QueryExecutionId=execution["QueryExecutionId"])
        return [[cell["VarCharValue"] for cell in row["Data"]] for row in results["ResultSet"]["Rows"]]

    assert lines("SHOW TABLES") == [["model_metrics"]]
    assert lines("SHOW TABLES 'x*'") == []
    assert lines("DESCRIBE model_metrics")[:2] == [["run_ts", "timestamp", ""], ["execution_id", "string", ""]]


def refused(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response.get("Error", {}).get("Message"))


def test_results_lie_encrypted_where_the_workgroup_says_whatever_the_client_asks(lake: Lake) -> None:
    key = lake.deployment.root("kms").create_key()["KeyMetadata"]["Arn"]
    lake.workgroup += "-enforced"
    lake.deployment.root("athena").create_work_group(
        Name=lake.workgroup,
        Configuration={
            "EnforceWorkGroupConfiguration": True,
            "ResultConfiguration": {
                "OutputLocation": f"s3://{lake.bucket}/results/",
                "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": key},
            },
        },
    )
    execution = lake.query("SELECT 1 AS one, cast(NULL AS varchar) AS none", ResultConfiguration={
        "OutputLocation": f"s3://{lake.bucket}/mine/", "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
    })  # fmt: skip
    identifier = execution["QueryExecutionId"]
    assert execution["ResultConfiguration"]["OutputLocation"] == f"s3://{lake.bucket}/results/{identifier}.csv"
    s3 = lake.deployment.root("s3")
    results = s3.get_object(Bucket=lake.bucket, Key=f"results/{identifier}.csv")
    assert results["Body"].read() == b'"one","none"\n"1",\n'
    assert (results["ServerSideEncryption"], results["SSEKMSKeyId"]) == ("aws:kms", key)
    assert s3.head_object(Bucket=lake.bucket, Key=f"results/{identifier}.csv.metadata")["SSEKMSKeyId"] == key


def test_without_enforcement_the_clients_settings_count_and_a_location_is_needed(lake: Lake) -> None:
    athena = lake.deployment.root("athena")
    athena.update_work_group(WorkGroup=lake.workgroup, ConfigurationUpdates={
        "EnforceWorkGroupConfiguration": False, "ResultConfigurationUpdates": {"RemoveOutputLocation": True},
    })  # fmt: skip
    assert "No output location provided" in refused(
        athena.start_query_execution, QueryString="SELECT 1", WorkGroup=lake.workgroup
    )
    execution = lake.query("SELECT 1", ResultConfiguration={"OutputLocation": f"s3://{lake.bucket}/mine"})
    assert execution["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{lake.bucket}/mine/")


def test_a_query_beyond_the_workgroups_limit_is_cancelled(lake: Lake) -> None:
    lake.table("large", [("a", "string")])
    for number in range(3):
        lake.put(f"large/{number}.csv", "x" * 6_000_000)
    athena = lake.deployment.root("athena")
    athena.update_work_group(
        WorkGroup=lake.workgroup,
        ConfigurationUpdates={"BytesScannedCutoffPerQuery": 10_000_000, "PublishCloudWatchMetricsEnabled": True},
    )
    execution = lake.query("SELECT count(*) FROM large")
    assert execution["Status"]["State"] == "CANCELLED"
    assert execution["Status"]["StateChangeReason"] == "Bytes scanned limit was exceeded"
    assert 10_000_000 < execution["Statistics"]["DataScannedInBytes"] < 12_000_000
    assert "Final query state: CANCELLED" in refused(
        athena.get_query_results, QueryExecutionId=execution["QueryExecutionId"]
    )
    metrics = lake.deployment.root("cloudwatch").list_metrics(Namespace="AWS/Athena", MetricName="ProcessedBytes")
    dimensions = [{d["Name"]: d["Value"] for d in metric["Dimensions"]} for metric in metrics["Metrics"]]
    assert {"QueryState": "CANCELLED", "QueryType": "DML", "WorkGroup": lake.workgroup} in dimensions


def test_many_queries_at_once_all_end(lake: Lake) -> None:
    lake.metrics_table()
    lake.metrics_row("2024-05-01", "e", 4.5)
    sql = "SELECT mse FROM model_metrics WHERE use_case = 'abalone' AND dt = '2024-05-01'"
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: lake.rows(sql), range(16)))
    assert answers == [[{"mse": "4.5"}]] * 16


def test_a_running_query_can_be_stopped(lake: Lake) -> None:
    numbers = "UNNEST(sequence(1, 300000))"
    sql = f"SELECT sum(a.n % b.n) FROM {numbers} AS a(n) CROSS JOIN {numbers} AS b(n)"
    athena, identifier = lake.deployment.root("athena"), lake.start(sql)

    def state() -> str:
        return athena.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]["Status"]["State"]

    lake.deployment.eventually(lambda: state() == "RUNNING")
    assert "Current state: RUNNING" in refused(athena.get_query_results, QueryExecutionId=identifier)
    athena.stop_query_execution(QueryExecutionId=identifier)
    assert lake.finished(identifier)["Status"]["State"] == "CANCELLED"


def test_a_disabled_workgroup_runs_nothing(lake: Lake) -> None:
    lake.deployment.root("athena").update_work_group(WorkGroup=lake.workgroup, State="DISABLED")
    with pytest.raises(ClientError, match="is disabled"):
        lake.start("SELECT 1")


def test_results_come_in_pages_with_the_header_in_the_first(lake: Lake) -> None:
    execution = lake.query("SELECT n FROM UNNEST(sequence(1, 5)) AS t(n)")
    pages = lake.deployment.root("athena").get_paginator("get_query_results").paginate(
        QueryExecutionId=execution["QueryExecutionId"], PaginationConfig={"PageSize": 4}
    )  # fmt: skip
    values = [[row["Data"][0]["VarCharValue"] for row in page["ResultSet"]["Rows"]] for page in pages]
    assert values == [["n", "1", "2", "3"], ["4", "5"]]


def test_a_workgroup_in_use_is_deleted_only_with_everything_in_it(lake: Lake) -> None:
    athena = lake.deployment.root("athena")
    query_id = athena.create_named_query(
        Name="q", Database=lake.database, QueryString="SELECT 1", WorkGroup=lake.workgroup, Description="d"
    )["NamedQueryId"]
    athena.update_named_query(NamedQueryId=query_id, Name="q2", QueryString="SELECT 2")
    (query,) = athena.batch_get_named_query(NamedQueryIds=[query_id])["NamedQueries"]
    assert (query["Name"], query["QueryString"], query["Description"]) == ("q2", "SELECT 2", "d")
    assert refused(athena.delete_work_group, WorkGroup=lake.workgroup) == f"WorkGroup {lake.workgroup} is not empty"
    athena.delete_work_group(WorkGroup=lake.workgroup, RecursiveDeleteOption=True)
    assert "was not found" in refused(athena.get_named_query, NamedQueryId=query_id)
    assert lake.workgroup not in [group["Name"] for group in athena.list_work_groups()["WorkGroups"]]


def test_a_member_that_would_make_a_difference_is_refused_instead_of_left_out(lake: Lake) -> None:
    lake.metrics_table()
    glue, athena = lake.deployment.root("glue"), lake.deployment.root("athena")
    table = {"CatalogName": "AwsDataCatalog", "DatabaseName": lake.database}
    assert [record["Name"] for record in athena.list_table_metadata(**table)["TableMetadataList"]] == ["model_metrics"]
    assert "expression is not supported" in refused(athena.list_table_metadata, **table, Expression="x.*")
    segment = {"SegmentNumber": 0, "TotalSegments": 2}
    place = {"DatabaseName": lake.database, "TableName": "model_metrics"}
    assert "segment is not supported" in refused(glue.get_partitions, **place, Segment=segment)


def test_tags_of_a_workgroup_can_be_changed(lake: Lake) -> None:
    athena, arn = lake.deployment.root("athena"), lake.deployment.arn("athena", f"workgroup/{lake.workgroup}")
    athena.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    athena.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert athena.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_a_user_reads_exactly_what_its_policy_names(lake: Lake) -> None:
    lake.metrics_table()
    lake.metrics_row("2024-05-01", "e", 4.5)
    user = lake.deployment.user("analyst", *lake.may_query())
    sql = "SELECT mse FROM model_metrics WHERE use_case = 'abalone'"
    assert lake.rows(sql, user("athena")) == [{"mse": "4.5"}]


def test_another_database_is_refused_by_glue(lake: Lake) -> None:
    other = f"{lake.database}_secret"
    lake.deployment.root("glue").create_database(DatabaseInput={"Name": other})
    user = lake.deployment.user("analyst", *lake.may_query())
    reason = lake.failure("SELECT * FROM " + other + ".t", user("athena"))
    arn = f"arn:aws:iam::123456789012:user/{lake.deployment.prefix}-analyst"
    assert reason == (
        f"Insufficient permissions to execute the query. User: {arn} is not authorized to perform: glue:GetDatabase on "
        f"resource: {lake.deployment.arn('glue', f'database/{other}')} because no identity-based policy allows the "
        "glue:GetDatabase action"
    )


def test_another_prefix_is_refused_by_s3(lake: Lake) -> None:
    lake.metrics_table()
    lake.table("secret", [("a", "string")])
    lake.put("secret/a.csv", "x\n")
    user = lake.deployment.user("analyst", *lake.may_query())
    reason = lake.failure("SELECT * FROM secret", user("athena"))
    assert reason.startswith(f"PERMISSION_DENIED: Permission denied on S3 path: s3://{lake.bucket}/secret/a.csv. ")
    assert "s3:GetObject" in reason


def test_encrypted_data_is_refused_without_its_key(lake: Lake) -> None:
    key = lake.deployment.root("kms").create_key()["KeyMetadata"]["Arn"]
    lake.table("encrypted", [("a", "string")], location=f"s3://{lake.bucket}/kpi/encrypted/")
    lake.deployment.root("s3").put_object(
        Bucket=lake.bucket, Key="kpi/encrypted/a.csv", Body=b"x\n", ServerSideEncryption="aws:kms", SSEKMSKeyId=key
    )
    keyless = lake.deployment.user("keyless", *lake.may_query())
    reason = lake.failure("SELECT a FROM encrypted", keyless("athena"))
    assert reason.startswith(f"PERMISSION_DENIED: Permission denied on S3 path: s3://{lake.bucket}/kpi/encrypted/a.csv")
    assert "kms:Decrypt" in reason
    reader = lake.deployment.user("reader", *lake.may_query(lake.deployment.allow("kms:Decrypt", key)))
    assert lake.rows("SELECT a FROM encrypted", reader("athena")) == [{"a": "x"}]


def test_listing_can_be_limited_to_a_prefix(lake: Lake) -> None:
    lake.metrics_table()
    lake.metrics_row("2024-05-01", "e", 4.5)
    lake.metrics_row("2024-05-01", "e", 4.5, use_case="other")
    statements = [one for one in lake.may_query() if "s3:ListBucket" not in one["Action"]]
    bucket = f"arn:aws:s3:::{lake.bucket}"
    listing = {
        **lake.deployment.allow("s3:ListBucket", bucket),
        "Condition": {"StringLike": {"s3:prefix": ["kpi/use_case=abalone/*"]}},
    }
    where = lake.deployment.allow("s3:GetBucketLocation", bucket)
    athena = lake.deployment.user("analyst", *statements, listing, where)("athena")
    assert lake.rows("SELECT mse FROM model_metrics WHERE use_case = 'abalone'", athena) == [{"mse": "4.5"}]
    reason = lake.failure("SELECT mse FROM model_metrics WHERE use_case = 'other'", athena)
    assert reason.startswith(f"PERMISSION_DENIED: Permission denied on S3 path: s3://{lake.bucket}/kpi/use_case=other/")


def test_results_need_permission_to_write_to_use_the_key_and_to_read(lake: Lake) -> None:
    key = lake.deployment.root("kms").create_key()["KeyMetadata"]["Arn"]
    encryption = {"EncryptionOption": "SSE_KMS", "KmsKey": key}
    lake.deployment.root("athena").update_work_group(
        WorkGroup=lake.workgroup,
        ConfigurationUpdates={"ResultConfigurationUpdates": {"EncryptionConfiguration": encryption}},
    )
    keyless = lake.deployment.user("keyless", *lake.may_query())
    reason = lake.failure("SELECT 1", keyless("athena"))
    assert reason.startswith(f"Access denied when writing output to url: s3://{lake.bucket}/athena-results/")
    assert "kms:GenerateDataKey" in reason

    uses_key = lake.deployment.allow(["kms:GenerateDataKey", "kms:Decrypt"], key)
    execution = lake.query("SELECT 1 AS one", lake.deployment.user("writer", *lake.may_query(uses_key))("athena"))
    assert execution["Status"]["State"] == "SUCCEEDED"
    message = refused(keyless("athena").get_query_results, QueryExecutionId=execution["QueryExecutionId"])
    assert "kms:Decrypt" in message


def test_the_workgroup_has_to_be_allowed(lake: Lake) -> None:
    user = lake.deployment.user("analyst", *lake.may_query())
    message = refused(user("athena").start_query_execution, QueryString="SELECT 1", WorkGroup="primary")
    assert "not authorized to perform: athena:StartQueryExecution" in message
    assert lake.deployment.arn("athena", "workgroup/primary") in message
    execution = lake.query("SELECT 1")
    nobody = lake.deployment.user("nobody")
    message = refused(nobody("athena").get_query_results, QueryExecutionId=execution["QueryExecutionId"])
    assert lake.deployment.arn("athena", f"workgroup/{lake.workgroup}") in message


def test_a_role_session_queries_as_the_role(lake: Lake) -> None:
    lake.metrics_table()
    lake.metrics_row("2024-05-01", "e", 4.5)
    from localcloud.clients import AccessKey, Clients

    user = lake.deployment.user("caller", lake.deployment.allow("sts:AssumeRole", "*"))
    trust = {"Principal": {"AWS": f"arn:aws:iam::123456789012:user/{lake.deployment.prefix}-caller"}}
    role = lake.deployment.role("reader", "quicksight.amazonaws.com", *lake.may_query(), **trust)
    session = user("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    key = AccessKey(session["AccessKeyId"], session["SecretAccessKey"])
    cloud = lake.deployment.cloud
    athena = Clients(cloud.endpoint, cloud.region, key, session["SessionToken"])("athena")
    assert lake.rows("SELECT mse FROM model_metrics WHERE use_case = 'abalone'", athena) == [{"mse": "4.5"}]


def test_the_catalog_is_authorized_on_catalog_database_and_table(lake: Lake) -> None:
    lake.metrics_table()
    arn, allow = lake.deployment.arn, lake.deployment.allow
    table = {"DatabaseName": lake.database, "Name": "model_metrics"}
    resources = [arn("glue", "catalog"), arn("glue", f"database/{lake.database}"),
                 arn("glue", f"table/{lake.database}/model_metrics")]  # fmt: skip
    assert lake.deployment.user("all", allow("glue:GetTable", *resources))("glue").get_table(**table)["Table"]
    for number, missing in enumerate(resources):
        user = lake.deployment.user(f"u{number}", allow("glue:GetTable", *(r for r in resources if r != missing)))
        assert f"on resource: {missing}" in refused(user("glue").get_table, **table)


def test_query_state_changes_reach_the_event_bus(lake: Lake) -> None:
    execution = lake.query("SELECT 1")

    def reported() -> list[Any]:
        entries = lake.deployment.cloud.internal("GET", "/_local/events")
        details = [entry["event"]["detail"] for entry in entries if entry["event"]["source"] == "aws.athena"]
        of_execution = [detail for detail in details if detail["queryExecutionId"] == execution["QueryExecutionId"]]
        return of_execution if len(of_execution) == 3 else []

    states = [(detail.get("previousState"), detail["currentState"]) for detail in lake.deployment.eventually(reported)]
    assert states == [(None, "QUEUED"), ("QUEUED", "RUNNING"), ("RUNNING", "SUCCEEDED")]
