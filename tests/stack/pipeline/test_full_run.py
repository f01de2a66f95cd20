"""The real step scripts on real data: upserted by the command, run by the runner, against moto's S3 and SageMaker.

The data sets are scikit-learn's diabetes, and the abalone file where it lies beside the repository.
"""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import joblib
import numpy as np
import pandas as pd
import pytest
import xgboost as xgb
from moto.server import ThreadedMotoServer
from sklearn.datasets import load_diabetes

pytestmark = pytest.mark.local

ROOT = Path(__file__).parents[3]
ABALONE = ROOT.parent / "shared" / "data" / "abalone.data"
ABALONE_COLUMNS = "sex,length,diameter,height,whole_weight,shucked_weight,viscera_weight,shell_weight,rings"
REGION = "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/execution"


@dataclass
class Account:
    """A pipeline in an account of its own."""

    environment: dict[str, str]
    workdir: Path
    executions: int = 0
    clients: dict[str, Any] = field(default_factory=dict[str, Any])

    def client(self, service: str) -> Any:
        if service not in self.clients:
            make: Any = boto3.client
            self.clients[service] = make(
                service,
                REGION,
                endpoint_url=self.environment["AWS_ENDPOINT_URL"],
                aws_access_key_id="test",
                aws_secret_access_key="test",
            )
        return self.clients[service]

    def put_data(self, name: str, content: bytes) -> None:
        self.client("s3").put_object(Bucket="test-data", Key=f"use-case=demo/input/{name}", Body=content)

    def upsert(self, **changes: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "pipeline_def.upsert"]
        done = subprocess.run(
            command, cwd=ROOT, env={**self.environment, **changes}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def start(self, **parameters: str) -> subprocess.Popen[str]:
        """Starts the runner on the definition that SageMaker has."""
        self.executions += 1
        name, identifier = self.environment["SAGEMAKER_PIPELINE_NAME"], f"execution{self.executions}"
        pipeline = self.client("sagemaker").describe_pipeline(PipelineName=name)
        workdir = self.workdir / identifier
        workdir.mkdir()
        file = workdir / "execution.json"
        execution = {
            "definition": json.loads(pipeline["PipelineDefinition"]),
            "pipeline_name": name,
            "pipeline_arn": pipeline["PipelineArn"],
            "execution_arn": f"{pipeline['PipelineArn']}/execution/{identifier}",
            "execution_id": identifier,
            "display_name": identifier,
            "start_time": "2026-01-02T03:04:05+00:00",
            "parameters": parameters,
            "region": REGION,
            "role_arn": ROLE,
            "workdir": str(workdir),
        }
        file.write_text(json.dumps(execution))
        return subprocess.Popen(
            [sys.executable, "-m", "localcloud.runners.executions", str(file)],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, **parameters: str) -> list[dict[str, Any]]:
        """The lines of a whole execution."""
        with self.start(**parameters) as process:
            out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        return [json.loads(line) for line in out.splitlines()]

    def read(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()

    def kpi_rows(self) -> list[dict[str, str]]:
        prefix = "use-case=demo/kpi/use_case=demo/dt="
        listed = self.client("s3").list_objects_v2(Bucket="test-data", Prefix=prefix).get("Contents", [])
        texts = [self.read(f"s3://test-data/{item['Key']}").decode() for item in listed]
        return [row for text in texts for row in csv.DictReader(io.StringIO(text))]

    def packages(self) -> list[dict[str, Any]]:
        sagemaker = self.client("sagemaker")
        group = f"{self.environment['SAGEMAKER_PIPELINE_NAME']}-stable-models"
        summaries = sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
        return [sagemaker.describe_model_package(ModelPackageName=item["ModelPackageArn"]) for item in summaries]

    def recomputed_mse(self, package: dict[str, Any]) -> float:
        """The error of the registered model on the raw test rows' features, without any code of the steps."""
        model = package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"]
        with tarfile.open(fileobj=io.BytesIO(self.read(model))) as archive:
            (member,) = archive.getmembers()
            content = archive.extractfile(member)
            assert content
            booster = xgb.Booster()
            booster.load_model(bytearray(content.read()))
        execution = package["CustomerMetadataProperties"]["execution_id"]
        name = self.environment["SAGEMAKER_PIPELINE_NAME"]
        test = self.read(f"s3://test-artifacts/{name}/executions/{execution}/PreprocessData/test/test.csv")
        rows = np.loadtxt(io.BytesIO(test), delimiter=",")
        return float(np.mean((booster.predict(xgb.DMatrix(rows[:, 1:])) - rows[:, 0]) ** 2))


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Callable[..., Account]]:
    """Makes the account: buckets, role and model package group are there, the pipeline isn't."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    urllib.request.urlopen(urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")).close()
    environment = {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "SAGEMAKER_PROJECT_NAME": "demo",
        "SAGEMAKER_PROJECT_ID": "p-abc123def456",
        "SAGEMAKER_PIPELINE_ROLE_ARN": ROLE,
        "SAGEMAKER_PIPELINE_NAME": "demo-test",
        "ARTIFACT_BUCKET": "test-artifacts",
        "DATA_BUCKET": "test-data",
        "USE_CASE_ID": "demo",
        "COMMIT": "0123456789abcdef",
    }

    def make(**variables: str) -> Account:
        account = Account({**environment, **variables}, tmp_path)
        for bucket in ("test-artifacts", "test-data"):
            account.client("s3").create_bucket(Bucket=bucket)
        account.client("iam").create_role(RoleName="execution", AssumeRolePolicyDocument="{}")
        account.client("sagemaker").create_model_package_group(ModelPackageGroupName="demo-test-stable-models")
        return account

    yield make
    server.stop()


@pytest.fixture
def diabetes(account: Callable[..., Account]) -> Account:
    """442 patients, a header, ten numeric features; the target's variance is about 5,900."""
    diabetes_account = account(TARGET_COLUMN="target", MSE_THRESHOLD="5000")
    data: Any = load_diabetes(as_frame=True, scaled=False)
    table: pd.DataFrame = data["frame"]
    diabetes_account.put_data("diabetes.csv", table.to_csv(index=False).encode())
    return diabetes_account


def step(lines: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """The last line of a step."""
    return next(line for line in reversed(lines) if line.get("step") == name)


def test_a_model_within_the_threshold_is_registered_and_one_above_it_fails_the_execution(diabetes: Account):
    first = diabetes.upsert()
    assert first["action"] == "created"
    assert diabetes.upsert() == {**first, "action": "unchanged", "tags_changed": []}

    lines = diabetes.run()
    assert lines[-1]["execution"] == "Succeeded"
    (package,) = diabetes.packages()
    assert package["ModelApprovalStatus"] == "PendingManualApproval"
    assert package["MetadataProperties"]["CommitId"] == "0123456789abcdef"
    assert package["ModelPackageArn"] == step(lines, "RegisterModel")["metadata"]["RegisterModel"]["Arn"]
    report = json.loads(diabetes.read(package["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]))
    mse = report["regression_metrics"]["mse"]["value"]
    assert 2000 < mse < 5000
    assert mse == pytest.approx(diabetes.recomputed_mse(package), rel=1e-9)

    failed = diabetes.run(MseThreshold="1")
    assert failed[-1]["execution"] == "Failed"
    assert step(failed, "MseTooHigh")["failure_reason"] == (
        f"The model is not registered: its mean squared error {mse} is above the threshold 1.0"
    )
    assert len(diabetes.packages()) == 1
    rows = diabetes.kpi_rows()
    assert [(row["execution_id"], row["passed"], row["mse_threshold"]) for row in rows] == [
        ("execution1", "true", "5000.0"),
        ("execution2", "false", "1.0"),
    ]
    assert {float(row["mse"]) for row in rows} == {mse}
    assert rows[0]["train_job"] == step(lines, "TrainModel")["metadata"]["TrainingJob"]["Arn"].partition("/")[2]


@pytest.mark.skipif(not ABALONE.is_file(), reason=f"no abalone data at {ABALONE}")
def test_the_abalone_data_without_a_header_gives_the_error_that_it_is_known_for(account: Callable[..., Account]):
    abalone = account(TARGET_COLUMN="rings", COLUMN_NAMES=ABALONE_COLUMNS, MSE_THRESHOLD="6")
    abalone.put_data("abalone.data", ABALONE.read_bytes())
    abalone.upsert()
    lines = abalone.run(ModelApprovalStatus="Rejected")
    assert lines[-1]["execution"] == "Succeeded"
    (package,) = abalone.packages()
    assert package["ModelApprovalStatus"] == "Rejected"
    (row,) = abalone.kpi_rows()
    assert 4 < float(row["mse"]) < 6
    assert float(row["mse"]) == pytest.approx(abalone.recomputed_mse(package), rel=1e-9)
    assert row["n_test"] == "627"

    raw = pd.DataFrame(
        [["M", 0.455, 0.365, 0.095, 0.514, 0.2245, 0.101, 0.15]], columns=ABALONE_COLUMNS.split(",")[:-1]
    )
    uri = package["CustomerMetadataProperties"]["preprocessor_uri"]
    features = joblib.load(io.BytesIO(abalone.read(uri))).transform(raw)
    assert features.shape == (1, 10)
    assert features[0, -3:].tolist() == [0, 0, 1]


def test_a_target_that_the_data_does_not_have_is_named_in_the_steps_reason(diabetes: Account):
    diabetes.upsert(TARGET_COLUMN="outcome")
    lines = diabetes.run()
    reason = step(lines, "PreprocessData")["failure_reason"]
    assert reason.startswith("AlgorithmError: The input data can't be used: no column 'outcome'; the columns are age, ")
    assert reason.endswith("exit code: 1")
    assert lines[-1]["execution"] == "Failed"
    assert lines[-1]["failure_reason"] == "Step failure: One or multiple steps failed."


def test_a_terminated_runner_says_stopped_and_leaves_no_process(diabetes: Account):
    diabetes.upsert()
    process = diabetes.start()
    assert process.stdout
    with process:
        lines = [json.loads(process.stdout.readline()) for _ in range(2)]
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)
    lines += [json.loads(line) for line in rest.splitlines()]
    assert process.returncode == 0
    assert lines[-1]["execution"] == "Stopped"
    assert lines[-2]["status"] == "Stopped"
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(diabetes.workdir) not in listed
