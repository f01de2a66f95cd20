"""Athena: a workgroup whose encryption and limits no client can override, and the named queries."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.foundation import Workspace
from components.kpi_visualization.queries import QUERIES
from contract.names import KpiNames

# Engine version 3 has the functions that the queries use ("Athena engine versions", Amazon Athena User Guide).
_ENGINE = "Athena engine version 3"
_BYTES_IN_A_MEGABYTE = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Athena:
    """The workgroup, and the named queries by name."""

    workgroup: aws.athena.Workgroup
    named_queries: Mapping[str, aws.athena.NamedQuery]


def create_athena(
    name: str,
    workspace: Workspace,
    database: aws.glue.CatalogDatabase,
    scan_limit_megabytes: int,
    opts: pulumi.ResourceOptions,
) -> Athena:
    """Create the workgroup and its named queries."""
    workgroup = _create_workgroup(name, workspace, scan_limit_megabytes, opts)
    named_queries = {
        query.name: aws.athena.NamedQuery(
            f"{name}-{query.name}",
            name=query.name,
            description=query.description,
            workgroup=workgroup.name,
            database=database.name,
            query=database.name.apply(lambda database_name, q=query: q.sql(database_name, workspace.use_case_id)),
            opts=opts,
        )
        for query in QUERIES
    }
    return Athena(workgroup=workgroup, named_queries=named_queries)


def _create_workgroup(
    name: str, workspace: Workspace, scan_limit_megabytes: int, opts: pulumi.ResourceOptions
) -> aws.athena.Workgroup:
    deployment = workspace.deployment
    results = pulumi.Output.concat("s3://", workspace.data.bucket_name, f"/{workspace.layout.query_results}/")
    return aws.athena.Workgroup(
        f"{name}-workgroup",
        name=KpiNames(deployment).workgroup,
        description=f"Questions about {deployment.prefix}",
        force_destroy=not deployment.removal_protection,
        configuration={
            "enforce_workgroup_configuration": True,
            "publish_cloudwatch_metrics_enabled": True,
            # Athena adds up what each reference to a table reads, in the partitions that its conditions leave, and
            # cancels the query beyond this limit: who forgets to name a range of days pays for so much at most.
            "bytes_scanned_cutoff_per_query": scan_limit_megabytes * _BYTES_IN_A_MEGABYTE,
            "engine_version": {"selected_engine_version": _ENGINE},
            "result_configuration": {
                "output_location": results,
                "expected_bucket_owner": deployment.account_id,
                "encryption_configuration": {"encryption_option": "SSE_KMS", "kms_key_arn": workspace.key_arn},
            },
        },
        opts=opts,
    )
