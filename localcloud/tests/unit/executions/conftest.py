"""Executions of small made-up pipelines: steps are one-line Python programs, S3 and the registry are moto's."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from localcloud.runners.executions import stop
from localcloud.runners.executions.definition import Parameter, Step
from localcloud.runners.executions.protocol import Execution, Reporter
from localcloud.runners.executions.run import run
from localcloud.runners.executions.stop import Stop

from .definitions import BUCKET, PIPELINE, REGION, ROLE, client


@pytest.fixture
def execution(tmp_path: Path) -> Callable[..., Execution]:
    """Makes an execution of the given steps."""

    def make(*steps: Step, parameters: list[Parameter] | None = None, **values: str) -> Execution:
        return Execution(
            definition={"Version": "2020-12-01", "Parameters": parameters or [], "Steps": list(steps)},
            pipeline_name="pipe",
            pipeline_arn=PIPELINE,
            execution_arn=f"{PIPELINE}/execution/abc123",
            execution_id="abc123",
            display_name="execution-1",
            start_time="2026-01-02T03:04:05+00:00",
            parameters=values,
            region=REGION,
            role_arn=ROLE,
            workdir=tmp_path / "work",
        )

    return make


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stop, "GRACE_SECONDS", 0.2)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The bucket; the runner's environment has the role's credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "a-secret-of-the-role")
    with mock_aws():
        client("s3").create_bucket(Bucket=BUCKET)
        client("s3").put_object(Bucket=BUCKET, Key="input/data.csv", Body=b"1,2\n")
        yield client("s3")


@pytest.fixture
def outcome(s3: Any) -> Callable[..., tuple[str, list[dict[str, Any]]]]:
    """Runs an execution; its status, and the lines that were reported."""

    def runs(execution: Execution, asked: Stop | None = None) -> tuple[str, list[dict[str, Any]]]:
        execution.workdir.mkdir(parents=True)
        stream = io.StringIO()
        status = run(execution, s3, client("sagemaker"), Reporter(stream), asked or Stop())
        return status, [json.loads(line) for line in stream.getvalue().splitlines()]

    return runs
