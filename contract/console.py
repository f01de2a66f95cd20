"""Addresses of pages in the AWS console; None where a page or the console's host isn't known."""

from typing import Final
from urllib.parse import quote, urlsplit

from contract.arns import partition_of

_CODEPIPELINE: Final = "codesuite/codepipeline/pipelines"
_JOB_PAGES: Final = {
    "training-job": "jobs",
    "processing-job": "processing-jobs",
    "transform-job": "transform-jobs",
}
_JOB_LOGS: Final = {
    "training-job": "TrainingJobs",
    "processing-job": "ProcessingJobs",
    "transform-job": "TransformJobs",
}


def studio(region: str) -> str | None:
    """Return SageMaker Studio's page: Studio alone shows model package groups and pipelines, all at one address."""
    return _page(region, f"sagemaker/home?region={region}#/studio-landing")


def delivery_pipeline(region: str, pipeline: str) -> str | None:
    """Return the page of a delivery pipeline, where approvals are given."""
    return _page(region, f"{_CODEPIPELINE}/{pipeline}/view?region={region}")


def delivery_execution(region: str, pipeline: str, execution_id: str) -> str | None:
    """Return the page of one execution of a delivery pipeline, action by action."""
    return _page(region, f"{_CODEPIPELINE}/{pipeline}/executions/{execution_id}/timeline?region={region}")


def s3_object(region: str, uri: str | None) -> str | None:
    """Return the page of an object; None also where the text isn't an S3 URI."""
    parts = urlsplit(uri or "")
    if parts.scheme != "s3" or not parts.netloc:
        return None
    key = quote(parts.path.lstrip("/"), safe="")
    return _page(region, f"s3/object/{quote(parts.netloc)}?region={region}&prefix={key}")


def job(region: str, job_arn: str | None) -> str | None:
    """Return the page of a SageMaker job; None also where there is no job or its kind has no page."""
    kind, name = _job(job_arn)
    if kind not in _JOB_PAGES or not name:
        return None
    return _page(region, f"sagemaker/home?region={region}#/{_JOB_PAGES[kind]}/{name}")


def job_logs(region: str, job_arn: str | None) -> str | None:
    """Return the page of a SageMaker job's logs; None also where there is no job or its kind has no logs."""
    kind, name = _job(job_arn)
    if kind not in _JOB_LOGS or not name:
        return None
    # The page takes its arguments encoded twice, with a dollar sign for the second percent sign.
    group = f"$252Faws$252Fsagemaker$252F{_JOB_LOGS[kind]}"
    logs = f"logsV2:log-groups/log-group/{group}$3FlogStreamNameFilter$3D{name}"
    return _page(region, f"cloudwatch/home?region={region}#{logs}")


def _job(job_arn: str | None) -> tuple[str, str]:
    """Return kind and quoted name, such as training-job and its name."""
    kind, _, name = (job_arn or "").rpartition(":")[2].partition("/")
    return kind, quote(name, safe="")


def _page(region: str, path: str) -> str | None:
    host = partition_of(region).console_host
    return f"https://{region}.{host}/{path}" if host else None
