"""Addresses in the AWS console."""

import pytest

from contract import console


@pytest.mark.parametrize(
    ("partition", "region", "host"),
    [
        ("aws", "eu-west-1", "https://eu-west-1.console.aws.amazon.com/"),
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
        ("aws-us-gov", "us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
    ],
)
def test_pages_are_in_the_console_of_the_partition(partition: str, region: str, host: str) -> None:
    job = f"arn:{partition}:sagemaker:{region}:123456789012:training-job/t"
    logs = "$252Faws$252Fsagemaker$252FTrainingJobs$3FlogStreamNameFilter$3Dt"
    pages = [
        console.studio(region),
        console.s3_object(region, "s3://b/k e&y"),
        console.job(region, job),
        console.job_logs(region, job),
        console.delivery_pipeline(region, "p"),
        console.delivery_execution(region, "p", "x"),
    ]

    assert [str(page).removeprefix(host) for page in pages] == [
        f"sagemaker/home?region={region}#/studio-landing",
        f"s3/object/b?region={region}&prefix=k%20e%26y",
        f"sagemaker/home?region={region}#/jobs/t",
        f"cloudwatch/home?region={region}#logsV2:log-groups/log-group/{logs}",
        f"codesuite/codepipeline/pipelines/p/view?region={region}",
        f"codesuite/codepipeline/pipelines/p/executions/x/timeline?region={region}",
    ]


def test_there_is_no_page_where_the_console_is_not_public() -> None:
    assert console.studio("us-iso-east-1") is None


def test_there_is_no_page_where_there_is_nothing_to_show() -> None:
    endpoint = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e"

    assert console.s3_object("us-east-1", None) is None
    assert console.s3_object("us-east-1", "not a uri") is None
    assert console.job("us-east-1", None) is None
    assert console.job("us-east-1", endpoint) is None
    assert console.job_logs("us-east-1", endpoint) is None
