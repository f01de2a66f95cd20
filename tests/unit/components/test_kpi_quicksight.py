"""QuickSight: who sees what, that principals change permissions alone, and a dashboard that AWS would take."""

import copy
import json
from typing import Any

import pulumi
import pytest

from components.kpi_visualization import queries
from components.kpi_visualization.quicksight import dashboard
from localcloud.provider import cloudformation_schema

OWNER = "arn:aws:quicksight:us-east-1:123456789012:user/default/ann"
VIEWER = "arn:aws:quicksight:us-east-1:123456789012:group/default/team"
ONE = {"owners": [], "viewers": [VIEWER]}
FOUR = {"owners": [OWNER, f"{OWNER}a"], "viewers": [VIEWER, f"{VIEWER}s"]}
NOBODY: dict[str, list[str]] = {"owners": [], "viewers": []}
MOCKED = {"arn", "url", "keyId", "modelPackageGroupArn"}


def inputs_of(registered: Any, name: str) -> dict[str, Any]:
    """A resource's inputs, without what the mocks add."""
    return {key: value for key, value in registered.inputs(name).items() if key not in MOCKED}


def actions(registered: Any, name: str) -> dict[str, list[str]]:
    permissions = registered.inputs(name).get("permissions") or []
    return {permission["principal"]: permission["actions"] for permission in permissions}


@pytest.mark.parametrize("preview", [False, True])
def test_without_principals_there_is_a_warning_and_everything_but_quicksight(
    build: Any, kpis: Any, kpi_stack: Any, preview: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, *_: warnings.append(message))
    everything = set(kpi_stack(preview=preview).resources)
    assert warnings == []
    rest = set(build(lambda: kpis(quicksight=NOBODY), preview=preview).resources)
    assert {urn for urn in everything if "quicksight" not in urn} == rest
    [warning] = warnings
    assert "mlops-infra:kpis.quicksight.owners" in warning
    assert "mlops-infra:kpis.quicksight.viewers" in warning
    assert "all else is deployed" in warning


def test_changing_the_principals_changes_permissions_and_nothing_else(kpi_stack: Any) -> None:
    one, four = (kpi_stack(quicksight=q) for q in (ONE, FOUR))
    assert set(one.resources) == set(four.resources)
    changed: set[str] = set()
    for urn, resource in one.resources.items():
        before, after = resource.state, four.resources[urn].state
        changed |= {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert changed == {"permissions"}


def test_owners_own_all_assets_and_viewers_look(kpi_stack: Any) -> None:
    registered = kpi_stack(quicksight={"owners": [OWNER], "viewers": [VIEWER]})
    source, data_set, board = (
        actions(registered, f"kpis-quicksight-{short_name}")
        for short_name in ("data-source", "metric-by-version", "dashboard")
    )
    assert board[VIEWER] == [
        "quicksight:DescribeDashboard",
        "quicksight:ListDashboardVersions",
        "quicksight:QueryDashboard",
    ]
    assert data_set[VIEWER] == [
        "quicksight:DescribeDataSet",
        "quicksight:DescribeDataSetPermissions",
        "quicksight:DescribeIngestion",
        "quicksight:ListIngestions",
        "quicksight:PassDataSet",
    ]
    assert set(source) == {OWNER}
    assert (len(source[OWNER]), len(data_set[OWNER]), len(board[OWNER])) == (6, 18, 8)
    for owned in (source, data_set, board):
        assert {"quicksight:Update", "quicksight:Delete"} <= {action[:17] for action in owned[OWNER]}
    assert set(board[VIEWER]) < set(board[OWNER])


def test_with_viewers_alone_the_data_source_has_no_permissions_at_all(kpi_stack: Any) -> None:
    registered = kpi_stack(quicksight=ONE)
    assert actions(registered, "kpis-quicksight-data-source") == {}
    assert list(actions(registered, "kpis-quicksight-dashboard")) == [VIEWER]


@pytest.mark.parametrize("preview", [False, True])
def test_each_question_is_a_data_set_in_spice_that_asks_its_named_query(kpi_stack: Any, preview: bool) -> None:
    registered = kpi_stack(preview=preview)
    for query in queries.QUERIES:
        data_set = registered.inputs(f"kpis-quicksight-{query.name}")
        assert (data_set["importMode"], data_set["dataSetId"]) == ("SPICE", f"abalone-local-{query.name}")
        [table] = data_set["physicalTableMaps"]
        assert table["customSql"]["sqlQuery"] == query.bare_sql("abalone_local_kpis", "abalone")
        columns = {column["name"]: column["type"] for column in table["customSql"]["columns"]}
        assert columns == dict(query.columns)


def test_data_sets_are_refreshed_when_the_configuration_says(kpi_stack: Any) -> None:
    registered = kpi_stack(quicksight={"refreshSchedule": {"interval": "HOURLY", "timeOfDay": "10:15"}})
    for query in queries.QUERIES:
        schedule = registered.inputs(f"kpis-quicksight-{query.name}-refresh")
        assert schedule["dataSetId"] == f"abalone-local-{query.name}"
        assert schedule["schedule"] == {
            "refreshType": "FULL_REFRESH",
            "scheduleFrequency": {"interval": "HOURLY", "timeOfTheDay": "10:15", "timezone": "UTC"},
        }


@pytest.mark.parametrize("preview", [False, True])
def test_cloudformation_would_take_the_dashboard(kpi_stack: Any, preview: bool) -> None:
    inputs = copy.deepcopy(inputs_of(kpi_stack(preview=preview), "kpis-quicksight-dashboard"))
    assert len(inputs["definition"]["sheets"][0]["visuals"]) >= len(queries.QUERIES)
    checked = cloudformation_schema.load("us-east-1", "AWS::QuickSight::Dashboard")
    assert list(checked.failures(inputs)) == []
    inputs["definition"]["sheets"][0]["visuals"][0]["tableVisual"]["colour"] = "red"
    assert len(list(checked.failures(inputs))) == 1


def columns_in(node: Any) -> list[tuple[str, str]]:
    """Every (data set, column) that a definition names."""
    if isinstance(node, list):
        return [pair for item in node for pair in columns_in(item)]
    if not isinstance(node, dict):
        return []
    here = [(node["dataSetIdentifier"], node["columnName"])] if "columnName" in node else []
    return here + [pair for value in node.values() for pair in columns_in(value)]


def test_the_dashboard_shows_every_question_with_columns_that_it_answers() -> None:
    definition = dashboard.definition({query.name: f"arn:{query.name}" for query in queries.QUERIES})
    columns = {
        query.name: set(query.columns) | set(dashboard.CALCULATED.get(query.name, {})) for query in queries.QUERIES
    }
    shown = columns_in(definition["sheets"])
    assert {name for name, _ in shown} == set(columns)
    assert [column for column in shown if column[1] not in columns[column[0]]] == []
    for field in definition["calculatedFields"]:
        named = {part.partition("}")[0] for part in field["expression"].split("{")[1:]}
        assert named <= columns[field["dataSetIdentifier"]]


def test_no_two_visuals_share_an_id_a_field_or_a_place() -> None:
    definition = dashboard.definition({query.name: f"arn:{query.name}" for query in queries.QUERIES})
    [sheet] = definition["sheets"]
    ids = [next(iter(visual.values()))["visualId"] for visual in sheet["visuals"]]
    elements = sheet["layouts"][0]["configuration"]["gridLayout"]["elements"]
    assert sorted(element["elementId"] for element in elements) == sorted(ids)
    assert len(set(ids)) == len(ids)
    names = [text.partition('"')[0] for text in json.dumps(sheet).split('"fieldId": "')[1:]]
    assert len(set(names)) == len(names)
    cells: set[tuple[int, int]] = set()
    for e in elements:
        columns = range(e["columnIndex"], e["columnIndex"] + e["columnSpan"])
        rows = range(e["rowIndex"], e["rowIndex"] + e["rowSpan"])
        assert columns.stop <= 36
        element_cells = {(column, row) for column in columns for row in rows}
        assert not element_cells & cells
        cells |= element_cells


def test_quicksight_queries_as_a_role_that_reads_kpis_and_writes_results_only(kpi_stack: Any) -> None:
    registered = kpi_stack()
    parameters = registered.inputs("kpis-quicksight-data-source")["parameters"]["athena"]
    assert parameters == {"workGroup": "abalone-local-kpis", "roleArn": "arn:mock:kpis-quicksight-role"}
    statements = registered.statements("kpis-quicksight-policy")
    root = "arn:aws:s3:::data-bucket/use-case=abalone"
    assert statements["ReadKpis"]["Resource"] == [
        f"{root}/kpi/*",
        f"{root}/registry-events/*",
        f"{root}/athena-results/*",
    ]
    assert statements["WriteResults"]["Resource"] == [f"{root}/athena-results/*"]
    writes = [sid for sid, s in statements.items() if any("Put" in a or "Delete" in a for a in s["Action"])]
    assert writes == ["WriteResults"]
    assert statements["RunQueries"]["Resource"] == [
        "arn:aws:athena:us-east-1:123456789012:workgroup/abalone-local-kpis"
    ]
    assert all("abalone_local_kpis" in arn or arn.endswith(":catalog") for arn in statements["ReadCatalog"]["Resource"])
    assert statements["SeeDefaultDatabase"]["Action"] == ["glue:GetDatabase"]
    assert statements["SeeDefaultDatabase"]["Resource"] == [
        "arn:aws:glue:us-east-1:123456789012:catalog",
        "arn:aws:glue:us-east-1:123456789012:database/default",
    ]
    assert {"glue:GetPartition", "glue:GetPartitions", "glue:BatchGetPartition"} <= set(
        statements["ReadCatalog"]["Action"]
    )


def test_only_quicksight_may_use_the_role_and_wherever_it_says_so_for_this_account(kpi_stack: Any) -> None:
    [statement] = kpi_stack().statements("kpis-quicksight-role", "assumeRolePolicy").values()
    assert statement["Principal"] == {"Service": "quicksight.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEqualsIfExists": {"aws:SourceAccount": "123456789012"},
        "ArnLikeIfExists": {"aws:SourceArn": "arn:aws:quicksight:us-east-1:123456789012:*"},
    }


def test_the_account_wide_role_is_touched_only_on_request_and_by_one_policy_of_ours(kpi_stack: Any) -> None:
    assert "aws-quicksight-service-role-v0" not in json.dumps([r.state for r in kpi_stack().resources.values()])
    registered = kpi_stack(quicksight={"patchServiceRole": True})
    patch = registered.inputs("kpis-quicksight-service-role-policy")
    assert (patch["role"], patch["name"]) == ("aws-quicksight-service-role-v0", "abalone-local-kpis")
    assert patch["policy"] == registered.inputs("kpis-quicksight-policy")["policy"]
    assert registered.names_of("aws:iam/role:Role") == ["kpis-crawler-role", "kpis-quicksight-role"]


def test_the_first_refresh_waits_for_permissions_and_tables(kpi_stack: Any) -> None:
    registered = kpi_stack(lake_formation={"enabled": True})
    waits_for = {urn.rpartition("::")[2] for urn in registered.requests["kpis-quicksight-data-source"].dependencies}
    assert {"kpis-quicksight-policy", "kpis-model-metrics", "kpis-quicksight-registry-events"} <= waits_for
