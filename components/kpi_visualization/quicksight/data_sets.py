"""Data sets: the answer to each question, read into SPICE on a schedule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.kpi_visualization.queries import QUERIES, Query
from components.kpi_visualization.quicksight import permissions
from contract.names import Deployment
from settings.kpis import QuickSightSettings, RefreshSchedule

_TIME_ZONE = "UTC"


@dataclass(frozen=True, kw_only=True)
class Source:
    """The data source, and the database and use case that its queries are about."""

    data_source: aws.quicksight.DataSource
    database: str
    use_case_id: str


def create(
    name: str, deployment: Deployment, source: Source, settings: QuickSightSettings, opts: pulumi.ResourceOptions
) -> dict[str, aws.quicksight.DataSet]:
    """One data set a question, by the question's name, each with its refresh schedule."""
    return {query.name: _data_set(name, deployment, query, source, settings, opts) for query in QUERIES}


def _data_set(
    name: str,
    deployment: Deployment,
    query: Query,
    source: Source,
    settings: QuickSightSettings,
    opts: pulumi.ResourceOptions,
) -> aws.quicksight.DataSet:
    data_set = aws.quicksight.DataSet(
        f"{name}-{query.name}",
        aws_account_id=deployment.account_id,
        data_set_id=deployment.name(query.name, 512),
        name=f"{query.title} ({deployment.prefix})",
        import_mode="SPICE",
        physical_table_maps=[
            {
                "physical_table_map_id": query.name,
                "custom_sql": {
                    "data_source_arn": source.data_source.arn,
                    "name": query.name,
                    "sql_query": query.bare_sql(source.database, source.use_case_id),
                    "columns": [{"name": column, "type": kind} for column, kind in query.columns.items()],
                },
            }
        ],
        permissions=_arguments(permissions.of_data_set(settings)),
        opts=opts,
    )
    aws.quicksight.RefreshSchedule(
        f"{name}-{query.name}-refresh",
        aws_account_id=deployment.account_id,
        data_set_id=data_set.data_set_id,
        schedule_id="refresh",
        schedule=_schedule(settings.refresh_schedule),
        opts=opts,
    )
    return data_set


def _arguments(given: Sequence[permissions.Permission]) -> list[aws.quicksight.DataSetPermissionArgs]:
    return [aws.quicksight.DataSetPermissionArgs(**permission) for permission in given]


def _schedule(settings: RefreshSchedule) -> aws.quicksight.RefreshScheduleScheduleArgs:
    return aws.quicksight.RefreshScheduleScheduleArgs(
        refresh_type="FULL_REFRESH",
        schedule_frequency=aws.quicksight.RefreshScheduleScheduleScheduleFrequencyArgs(
            interval=settings.interval, time_of_the_day=settings.time_of_day, timezone=_TIME_ZONE
        ),
    )


def arns(data_sets: Mapping[str, aws.quicksight.DataSet]) -> dict[str, pulumi.Output[str]]:
    """The data sets' ARNs by the question's name."""
    return {name: data_set.arn for name, data_set in data_sets.items()}
