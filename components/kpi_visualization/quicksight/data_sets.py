"""Data sets: the answer to each question, read into SPICE on a schedule."""

import pulumi
import pulumi_aws as aws

from components.foundation import Workspace
from components.kpi_visualization.queries import QUERIES, Query
from components.kpi_visualization.quicksight.permissions import data_set_permissions
from contract.names import KpiNames
from settings.kpis import QuickSightSettings, RefreshSchedule

_TIME_ZONE = "UTC"


def create_data_sets(
    name: str,
    workspace: Workspace,
    settings: QuickSightSettings,
    data_source: aws.quicksight.DataSource,
    opts: pulumi.ResourceOptions,
) -> dict[str, aws.quicksight.DataSet]:
    """Create one data set a question with its refresh schedule; return them by the question's name."""
    data_sets: dict[str, aws.quicksight.DataSet] = {}
    for query in QUERIES:
        data_set = aws.quicksight.DataSet(
            f"{name}-{query.name}",
            aws_account_id=workspace.deployment.account_id,
            data_set_id=workspace.deployment.name(query.name, 512),
            name=f"{query.title} ({workspace.deployment.prefix})",
            import_mode="SPICE",
            physical_table_maps=[_physical_table(query, workspace, data_source)],
            permissions=[aws.quicksight.DataSetPermissionArgs(**each) for each in data_set_permissions(settings)],
            opts=opts,
        )
        aws.quicksight.RefreshSchedule(
            f"{name}-{query.name}-refresh",
            aws_account_id=workspace.deployment.account_id,
            data_set_id=data_set.data_set_id,
            schedule_id="refresh",
            schedule=_schedule(settings.refresh_schedule),
            opts=opts,
        )
        data_sets[query.name] = data_set
    return data_sets


def _physical_table(
    query: Query, workspace: Workspace, data_source: aws.quicksight.DataSource
) -> aws.quicksight.DataSetPhysicalTableMapArgsDict:
    database = KpiNames(workspace.deployment).database
    return {
        "physical_table_map_id": query.name,
        "custom_sql": {
            "data_source_arn": data_source.arn,
            "name": query.name,
            "sql_query": query.bare_sql(database, workspace.use_case_id),
            "columns": [{"name": column, "type": kind} for column, kind in query.columns.items()],
        },
    }


def _schedule(settings: RefreshSchedule) -> aws.quicksight.RefreshScheduleScheduleArgs:
    return aws.quicksight.RefreshScheduleScheduleArgs(
        refresh_type="FULL_REFRESH",
        schedule_frequency=aws.quicksight.RefreshScheduleScheduleScheduleFrequencyArgs(
            interval=settings.interval, time_of_the_day=settings.time_of_day, timezone=_TIME_ZONE
        ),
    )
