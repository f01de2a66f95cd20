"""Where files lie in the data bucket and the artifact bucket, and the columns of those that Athena reads.

Prefixes have no slash at either end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, Literal

AthenaType = Literal["bigint", "boolean", "double", "string", "timestamp"]
Columns = Mapping[str, AthenaType]

_QUERY_RESULTS_DAYS: Final = 7

ARTIFACT_FOLDER_CHARACTERS: Final = 20
"""As many characters of its pipeline's name CodePipeline puts before the keys of artifacts.

Source: "Input and output artifacts" (CodePipeline User Guide).
"""

ARTIFACT_NAME_CHARACTERS: Final = 10
"""As many characters of an artifact's name come after those, as a folder of its own (the same page)."""

EVALUATION_FILE: Final = "evaluation.json"
"""The measures of a model: the evaluate step's script writes it, the condition and the model registry read it."""

PREPROCESSOR_FILE: Final = "preprocessor.joblib"
"""The fitted transformer: the preprocess step's script writes it."""

PREVIEW_REPORT: Final = "preview.md"
"""What a deployment will change, for the approver: the notifier writes it."""

PREVIEW_CHANGES: Final = "preview.json"
"""The change set: the preview writes it, the notifier and the stages after the approval read it."""

METRICS: Final = ("mse", "rmse", "mae", "r2")
"""The error measures that both KPI rows and registry events have a column for."""

KPI_COLUMNS: Final[Columns] = MappingProxyType(
    {
        "run_ts": "timestamp",
        "pipeline_name": "string",
        "execution_id": "string",
        "train_job": "string",
        "dataset": "string",
        "n_test": "bigint",
        "mse": "double",
        "rmse": "double",
        "mae": "double",
        "r2": "double",
        "mse_threshold": "double",
        "passed": "boolean",
    }
)
"""Columns of a KPI row, in file order: the evaluate step writes one CSV with a header and one row an execution."""

# Times stay text, ISO 8601 in UTC: the JSON SerDe reads timestamps in another format than ISO 8601 only.
REGISTRY_EVENT_COLUMNS: Final[Columns] = MappingProxyType(
    {
        "event_id": "string",  # EventBridge's id
        "event_time": "string",
        "kind": "string",  # model-package | pipeline-execution
        "environment": "string",
        "account": "string",
        "region": "string",
        "pipeline": "string",
        "model_package_group": "string",
        "version": "bigint",
        "arn": "string",  # of the model version or of the execution
        "status": "string",  # PendingManualApproval | Approved | Rejected | Failed
        "changed_at": "string",  # when it got the status
        "changed_by": "string",  # who changed it; who started an execution
        "reason": "string",  # the approval's description; why an execution failed
        "failed_step": "string",
        "execution_arn": "string",  # which produced the version, or failed
        "commit_id": "string",
        "created_at": "string",  # a version's registration; an execution's start
        "approval_lead_time_seconds": "double",  # from registration to approval or rejection
        "mse": "double",
        "rmse": "double",
        "mae": "double",
        "r2": "double",
        "metrics_json": "string",  # every metric: {"name": value}
        "previous_version": "bigint",  # approved last before this event
        "metrics_problem": "string",  # why there are no metrics
    }
)
"""Columns of a registry event: the notifier writes one line of JSON with all of these keys; null is no value."""

PARTITION_KEYS: Final = ("use_case", "dt")
"""Partition columns of both tables, all strings; `dt` is a day in UTC."""


def bucket_and_key(uri: str) -> tuple[str, str]:
    """Take an S3 URI apart, `s3://{bucket}/{key}`; the key is empty where the URI names a whole bucket."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def partition(use_case: str, day: str) -> str:
    """Return the folder of one use case's files of one day, below a table's prefix."""
    return f"use_case={use_case}/dt={day}"


@dataclass(frozen=True)
class DataLayout:
    """Prefixes of one use case in the data bucket."""

    use_case_id: str

    @property
    def root(self) -> str:
        """Everything of the use case."""
        return f"use-case={self.use_case_id}"

    @property
    def input(self) -> str:
        """The ML pipeline's input data, where the configuration names no other."""
        return f"{self.root}/input"

    @property
    def kpi(self) -> str:
        """KPI rows, written by the evaluate step."""
        return f"{self.root}/kpi"

    @property
    def kpi_output(self) -> str:
        """The output of the evaluate step, which adds `dt={day}/{execution id}.csv`."""
        return f"{self.kpi}/use_case={self.use_case_id}"

    @property
    def tables(self) -> str:
        """A team's own CSVs, a folder for each table; the target of the crawler."""
        return f"{self.root}/tables"

    @property
    def registry_events(self) -> str:
        """Registry events, written by the notifier."""
        return f"{self.root}/registry-events"

    @property
    def query_results(self) -> str:
        """Results of queries, written by Athena."""
        return f"{self.root}/athena-results"

    @property
    def expiring(self) -> Mapping[str, int]:
        """Key prefixes, with a slash at the end, whose objects expire, and after how many days."""
        return {f"{self.query_results}/": _QUERY_RESULTS_DAYS}

    def input_uri(self, data_bucket: str) -> str:
        """Return the S3 URI of the input data, with a slash at the end."""
        return f"s3://{data_bucket}/{self.input}/"

    def registry_event_key(self, day: date, event_id: str) -> str:
        """Return the object key of a registry event; `day` is the event's in UTC."""
        return f"{self.registry_events}/{partition(self.use_case_id, day.isoformat())}/{event_id}.json"


@dataclass(frozen=True)
class PipelineArtifacts:
    """Prefixes of one ML pipeline in the artifact bucket."""

    pipeline_name: str

    @property
    def root(self) -> str:
        """Everything of the ML pipeline."""
        return self.pipeline_name

    @property
    def executions(self) -> str:
        """Outputs of steps, below `{execution id}/{step}/{output}`."""
        return f"{self.root}/executions"

    @property
    def code(self) -> str:
        """Code of steps, below the hash of its content."""
        return f"{self.root}/code"

    @property
    def models(self) -> str:
        """Models of training jobs, below the job's name."""
        return f"{self.root}/models"

    @property
    def definitions(self) -> str:
        """Definitions of the ML pipeline that are too large for a request, `{SHA-256}.json`."""
        return f"{self.root}/definitions"


@dataclass(frozen=True)
class DeliveryArtifacts:
    """Prefixes of one delivery pipeline in the artifact bucket."""

    delivery_pipeline: str

    @property
    def folder(self) -> str:
        """The beginning of every key of the delivery pipeline."""
        return self.delivery_pipeline[:ARTIFACT_FOLDER_CHARACTERS]

    def artifact_keys(self, name: str) -> str:
        """Return the pattern of the keys of one artifact, such as Source, in all executions.

        CodePipeline keeps folders of pipelines apart whose names begin alike, and doesn't say how.
        """
        return f"{self.folder}*/{name[:ARTIFACT_NAME_CHARACTERS]}/*"

    @property
    def delivered_source(self) -> str:
        """The object key of the files of the commit that was deployed last, a zip."""
        return f"{self.delivery_pipeline}/delivered/source.zip"

    @property
    def previews(self) -> str:
        """Reports of previews."""
        return f"{self.delivery_pipeline}/previews"

    def preview_report_key(self, execution_id: str) -> str:
        """Return the object key of an execution's preview report."""
        return f"{self.previews}/{execution_id}/{PREVIEW_REPORT}"

    @property
    def self_updates(self) -> str:
        """Marks of executions that self-update started."""
        return f"{self.delivery_pipeline}/self-updates"

    def restart_mark_key(self, execution_id: str) -> str:
        """Return the object key of the mark of an execution that self-update started."""
        return f"{self.self_updates}/{execution_id}.json"

    def write_probe_key(self, execution_id: str) -> str:
        """Return the object key that an execution writes to before it starts another, to see that it may."""
        return f"{self.delivery_pipeline}/restarted/{execution_id}.json"
