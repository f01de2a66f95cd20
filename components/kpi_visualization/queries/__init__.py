"""The usual questions: Athena SQL beside this module, one file a question, and what their answers look like.

Every query names the use case and a range of days, the tables' partitions, so that what it scans is bounded by what
those days hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Literal

_DIRECTORY = Path(__file__).parent
_FRAGMENTS = ("changes", "evaluations")
# How far back the queries look.
_DAYS = 365

ColumnType = Literal["STRING", "INTEGER", "DECIMAL", "DATETIME"]


@dataclass(frozen=True, kw_only=True)
class Query:
    """One question; `columns` are those of its answer in order, with QuickSight's types for them."""

    name: str
    title: str
    description: str
    columns: Mapping[str, ColumnType]

    def sql(self, database: str, use_case_id: str) -> str:
        """Return the query in Athena's dialect, for the tables of one database and the rows of one use case."""
        names = {"database": database, "use_case": use_case_id, "days": str(_DAYS)}
        fragments = {name: _read(f"_{name}").substitute(names).rstrip() for name in _FRAGMENTS}
        return _read(self.name).substitute(names, **fragments)

    def bare_sql(self, database: str, use_case_id: str) -> str:
        """Return the query without its comment lines, for readers that want it to begin with SELECT or WITH."""
        lines = self.sql(database, use_case_id).splitlines()
        return "\n".join(line for line in lines if not line.lstrip().startswith("--"))


def _read(name: str) -> Template:
    return Template((_DIRECTORY / f"{name}.sql").read_text())


METRIC_BY_VERSION = Query(
    name="metric-by-version",
    title="Metrics by version",
    description="Metrics, status and commit of each model version",
    columns={
        "model_package_group": "STRING",
        "version": "INTEGER",
        "status": "STRING",
        "registered_at": "DATETIME",
        "mse": "DECIMAL",
        "rmse": "DECIMAL",
        "mae": "DECIMAL",
        "r2": "DECIMAL",
        "commit_id": "STRING",
    },
)
LATEST_APPROVED = Query(
    name="latest-approved",
    title="Latest approved version",
    description="The version that was approved last: by whom, why, with which metrics",
    columns={
        "model_package_group": "STRING",
        "version": "INTEGER",
        "approved_at": "DATETIME",
        "approved_by": "STRING",
        "reason": "STRING",
        "mse": "DECIMAL",
        "rmse": "DECIMAL",
        "r2": "DECIMAL",
        "commit_id": "STRING",
        "arn": "STRING",
    },
)
APPROVAL_LEAD_TIME = Query(
    name="approval-lead-time",
    title="Approval lead time",
    description="Hours from registration to the first decision on each version",
    columns={
        "model_package_group": "STRING",
        "version": "INTEGER",
        "decision": "STRING",
        "decided_at": "DATETIME",
        "decided_by": "STRING",
        "lead_time_hours": "DECIMAL",
    },
)
APPROVAL_RATE = Query(
    name="approval-rate",
    title="Approved and rejected versions",
    description="Versions registered in each month by status, with rates of approval and rejection",
    columns={
        "month": "STRING",
        "versions": "INTEGER",
        "approved": "INTEGER",
        "rejected": "INTEGER",
        "pending": "INTEGER",
        "failed": "INTEGER",
        "approval_rate": "DECIMAL",
        "rejection_rate": "DECIMAL",
    },
)
# Executions leave two kinds of record: evaluations and failures. A retried execution keeps its id, so it has succeeded
# if its last evaluation passed and no failure came after that. A retry that repeats only the failed step, without
# another evaluation, still counts as failed: nothing records that it went well.
PIPELINE_SUCCESS_RATE = Query(
    name="pipeline-success-rate",
    title="Pipeline success rate",
    description="Executions of the pipeline on each day, and the share of them that succeeded",
    columns={
        "day": "DATETIME",
        "executions": "INTEGER",
        "succeeded": "INTEGER",
        "failed": "INTEGER",
        "success_rate": "DECIMAL",
    },
)
DATA_FRESHNESS = Query(
    name="data-freshness",
    title="Data freshness",
    description="When model metrics and registry events last arrived",
    columns={"source": "STRING", "latest_at": "DATETIME", "records": "INTEGER", "hours_old": "DECIMAL"},
)
QUERIES = (
    METRIC_BY_VERSION,
    LATEST_APPROVED,
    APPROVAL_LEAD_TIME,
    APPROVAL_RATE,
    PIPELINE_SUCCESS_RATE,
    DATA_FRESHNESS,
)
