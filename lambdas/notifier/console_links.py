"""Links into the AWS console, for each partition's own host."""

from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from lambdas.notifier.arns import Arn
from messages.content import Link

# AWS Fault Isolation Boundaries, "Partitions"; isolated partitions have consoles of their own that are not public.
_HOSTS = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
_DELIVERY = "codesuite/codepipeline/pipelines"
_JOB_PAGES = {"training-job": "jobs", "processing-job": "processing-jobs", "transform-job": "transform-jobs"}
_JOB_LOGS = {"training-job": "TrainingJobs", "processing-job": "ProcessingJobs", "transform-job": "TransformJobs"}


def page_over_tls(label: str, url: str | None) -> list[Link]:
    """A page that AWS names; nothing where there is none, or none over TLS."""
    return [Link(label, url)] if url and urlsplit(url).scheme == "https" else []


@dataclass(frozen=True)
class Console:
    """The console of the partition and region that an ARN is in; no links where the partition's host is unknown."""

    arn: Arn

    def studio(self) -> list[Link]:
        """SageMaker Studio, which alone shows model package groups and pipelines, none under an address of its own."""
        return self._page("SageMaker Studio", f"sagemaker/home?region={self.arn.region}#/studio-landing")

    def delivery(self, pipeline: str) -> list[Link]:
        """The page of a pipeline of CodePipeline, where an approval is given."""
        return self._page("Pipeline", f"{_DELIVERY}/{pipeline}/view?region={self.arn.region}")

    def delivery_execution(self, pipeline: str, execution: str) -> list[Link]:
        """What one execution of a pipeline of CodePipeline did, action by action."""
        page = f"{_DELIVERY}/{pipeline}/executions/{execution}/timeline"
        return self._page("Execution", f"{page}?region={self.arn.region}")

    def s3_object(self, label: str, uri: str | None) -> list[Link]:
        """An object in S3; nothing where the URI is none."""
        parts = urlsplit(uri or "")
        if parts.scheme != "s3" or not parts.netloc:
            return []
        key = quote(parts.path.lstrip("/"), safe="")
        return self._page(label, f"s3/object/{quote(parts.netloc)}?region={self.arn.region}&prefix={key}")

    def job(self, job_arn: str | None) -> list[Link]:
        """A job's page and its logs; nothing where there is no job, or one without such pages."""
        kind, _, name = (job_arn or "").rpartition(":")[2].partition("/")
        if kind not in _JOB_PAGES or not name:
            return []
        page = f"sagemaker/home?region={self.arn.region}#/{_JOB_PAGES[kind]}/{quote(name, safe='')}"
        # The logs page takes its arguments encoded twice, with a dollar sign for the second percent sign.
        group = f"$252Faws$252Fsagemaker$252F{_JOB_LOGS[kind]}"
        logs = f"logsV2:log-groups/log-group/{group}$3FlogStreamNameFilter$3D{quote(name, safe='')}"
        return [
            *self._page("Job", page),
            *self._page("Logs", f"cloudwatch/home?region={self.arn.region}#{logs}"),
        ]

    def _page(self, label: str, path: str) -> list[Link]:
        host = _HOSTS.get(self.arn.partition)
        return [Link(label, f"https://{self.arn.region}.{host}/{path}")] if host else []
