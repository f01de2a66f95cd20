"""The crawler: sees the team's own CSVs and nothing else, and changes nothing it does not own."""

import json
from pathlib import PurePosixPath
from typing import Any

import pytest

from contract.layout import DataLayout

LAYOUT = DataLayout("abalone")
CRAWLER_ROLE_LOGS = "/aws-glue/crawlers-role/abalone-local-kpis-crawler-abalone-local-kpis"


@pytest.mark.parametrize("preview", [False, True])
def test_the_crawler_looks_through_the_teams_own_prefix_for_new_folders(kpi_stack: Any, preview: bool) -> None:
    crawler = kpi_stack(preview=preview).inputs("kpis-crawler")
    assert crawler["name"] == "abalone-local-tables"
    assert crawler["schedule"] == "cron(0 8 * * ? *)"
    [target] = crawler["s3Targets"]
    assert target == {"path": "s3://data-bucket/use-case=abalone/tables/"}
    assert crawler["recrawlPolicy"] == {"recrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}
    assert crawler["schemaChangePolicy"] == {"updateBehavior": "LOG", "deleteBehavior": "LOG"}
    assert (crawler["databaseName"], crawler["tablePrefix"]) == ("abalone_local_kpis", "csv_")
    assert (crawler["classifiers"], crawler["securityConfiguration"]) == (
        ["abalone-local-kpis-csv"],
        "abalone-local-kpis",
    )


def test_nothing_that_the_project_itself_writes_lies_below_the_crawlers_target() -> None:
    written = (LAYOUT.input, LAYOUT.kpi, LAYOUT.kpi_output, LAYOUT.registry_events, LAYOUT.query_results)
    assert [prefix for prefix in written if prefix.startswith(LAYOUT.tables)] == []
    assert LAYOUT.tables.startswith(f"{LAYOUT.root}/")


def test_each_folder_below_the_prefix_becomes_one_table(kpi_stack: Any) -> None:
    crawler = kpi_stack().inputs("kpis-crawler")
    level = json.loads(crawler["configuration"])["Grouping"]["TableLevelConfiguration"]
    path = PurePosixPath(crawler["s3Targets"][0]["path"].removeprefix("s3://")) / "predictions"
    assert len(path.parts) == level


def test_a_file_of_one_row_has_its_header_taken_for_a_header(kpi_stack: Any) -> None:
    classifier = kpi_stack().inputs("kpis-csv")["csvClassifier"]
    assert (classifier["containsHeader"], classifier["delimiter"], classifier["quoteSymbol"]) == ("PRESENT", ",", '"')


def test_tables_are_read_by_the_serde_that_understands_quotes_whatever_the_first_row_is_like(kpi_stack: Any) -> None:
    assert kpi_stack().inputs("kpis-csv")["csvClassifier"]["serde"] == "OpenCSVSerDe"


def test_what_the_crawler_writes_is_encrypted_and_its_logs_are_kept_as_long_as_all_logs(kpi_stack: Any) -> None:
    registered = kpi_stack()
    encryption = registered.inputs("kpis-security-configuration")["encryptionConfiguration"]
    assert encryption["cloudwatchEncryption"]["cloudwatchEncryptionMode"] == "SSE-KMS"
    assert encryption["s3Encryption"]["s3EncryptionMode"] == "SSE-KMS"
    assert {part["kmsKeyArn"] for part in encryption.values()} == {"arn:aws:kms:us-east-1:123456789012:key/1"}
    logs = registered.inputs("kpis-crawler-logs")
    assert (logs["name"], logs["retentionInDays"]) == (CRAWLER_ROLE_LOGS, 7)
    assert logs["kmsKeyId"] == "arn:aws:kms:us-east-1:123456789012:key/1"


def test_the_crawlers_role_reads_its_prefix_only_and_writes_no_object(kpi_stack: Any) -> None:
    statements = kpi_stack().statements("kpis-crawler-policy")
    assert statements["ReadTables"]["Resource"] == ["arn:aws:s3:::data-bucket/use-case=abalone/tables/*"]
    assert statements["ListTables"]["Condition"] == {"StringLike": {"s3:prefix": ["use-case=abalone/tables/*"]}}
    allowed = {action for statement in statements.values() for action in statement["Action"]}
    assert {action for action in allowed if action.startswith("s3:")} == {
        "s3:GetObject",
        "s3:ListBucket",
        "s3:GetBucketAcl",
        "s3:GetBucketLocation",
    }
    assert not [action for action in allowed if "Delete" in action]


def test_the_crawlers_role_changes_crawled_tables_only(kpi_stack: Any) -> None:
    statements = kpi_stack().statements("kpis-crawler-policy")
    arn = "arn:aws:glue:us-east-1:123456789012"
    shared = [f"{arn}:catalog", f"{arn}:database/abalone_local_kpis"]
    assert statements["KeepCrawledTables"]["Resource"] == [*shared, f"{arn}:table/abalone_local_kpis/csv_*"]
    assert statements["ReadCatalog"]["Resource"] == [*shared, f"{arn}:table/abalone_local_kpis/*"]
    assert all(action.split(":")[1].startswith(("Get", "BatchGet")) for action in statements["ReadCatalog"]["Action"])


def test_the_crawlers_role_may_read_what_glue_reads_as_it_of_classifier_bucket_and_role(kpi_stack: Any) -> None:
    statements = kpi_stack().statements("kpis-crawler-policy")
    assert statements["ReadOwnParts"]["Action"] == ["glue:GetClassifier", "glue:GetSecurityConfiguration"]
    assert statements["ReadOwnParts"]["Resource"] == ["*"]
    assert statements["SeeBucketOwner"]["Resource"] == ["arn:aws:s3:::data-bucket"]
    assert statements["SeeOwnRole"]["Resource"] == ["arn:aws:iam::123456789012:role/abalone-local-kpis-crawler"]
    assert all(action.startswith(("iam:Get", "iam:List")) for action in statements["SeeOwnRole"]["Action"])


def test_only_glue_may_use_the_crawlers_role_and_for_this_account(kpi_stack: Any) -> None:
    [statement] = kpi_stack().statements("kpis-crawler-role", "assumeRolePolicy").values()
    assert statement["Principal"] == {"Service": "glue.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:glue:us-east-1:123456789012:*"},
    }


def test_the_first_crawl_waits_for_permissions_and_logs(kpi_stack: Any) -> None:
    waits_for = {urn.rpartition("::")[2] for urn in kpi_stack().requests["kpis-crawler"].dependencies}
    assert {"kpis-crawler-policy", "kpis-crawler-logs"} <= waits_for
