"""What the notifier costs beside a handler that has the same clients, makes the same calls, and does nothing else.

Both run as Lambda runs them: from the zip's files, with the runtime's boto3 beside them, without compiled bytecode of
their own, with tracing on. Their requests go to a server on this machine, which answers at once; its CPU isn't counted.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import botocore

from bench.answers import serving
from bench.result import Result, compare
from bench.timing import Cost, measure
from delivery.verification.event_samples import document
from lambdas import packaging

_PROCESS: Final = Path(__file__).with_name("notifier_process.py")
# boto3 and what only it needs: what Lambda's runtime has and the zip leaves out.
_RUNTIME: Final = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six.py", "urllib3")
_EVENTS: Final = 40
_COLD_ROUNDS: Final = 9


def compare_notifier(folder: Path) -> list[Result]:
    """Compare a cold start and a warm event with those of a bare handler; `folder` takes the unpacked function."""
    path, event = _unpacked(folder), document("model_package")
    with serving() as endpoint:
        variables = {**_variables(event), "AWS_ENDPOINT_URL": endpoint}
        request = {"path": path, "event": event, "events": _EVENTS, "calls": []}
        calls = _run(folder, variables, {**request, "work": "calls"})

        def process(work: str) -> Callable[[], Cost]:
            def run() -> Cost:
                began = time.monotonic()
                cost = _run(folder, variables, {**request, "work": work, "calls": calls})
                return Cost(cost.get("wall", time.monotonic() - began), cost["cpu"])

            return run

        cold = measure({work: process(work) for work in ("cold notifier", "cold bare")}, _COLD_ROUNDS)
        warm = measure({work: process(work) for work in ("warm notifier", "warm bare")})
    return [
        compare(cold, "cold start of the notifier / of a bare handler", "cold notifier", "cold bare", limit=1.3),
        compare(warm, "event of the notifier / its calls alone", "warm notifier", "warm bare", limit=1.2),
    ]


def _unpacked(folder: Path) -> list[str]:
    """Unpack the function, lay out the runtime's packages, and return both for `sys.path`."""
    task, runtime = folder / "task", folder / "runtime"
    runtime.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(packaging.build("notifier")) as archive:
        archive.extractall(task)
    installed = Path(botocore.__file__).parents[1]
    for name in _RUNTIME:
        if not (runtime / name).exists():
            (runtime / name).symlink_to(installed / name)
    return [str(task), str(runtime)]


def _variables(event: dict[str, Any]) -> dict[str, str]:
    account, region = event["account"], event["region"]
    return {
        "PATH": os.environ["PATH"],
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_LAMBDA_FUNCTION_NAME": "notifier",
        # X-Ray's SDK traces in Lambda only, where it sends to a daemon that nobody has to listen for.
        "LAMBDA_TASK_ROOT": "/var/task",
        "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1",
        "TOPIC_ARN": f"arn:aws:sns:{region}:{account}:notifications",
        "DATA_BUCKET": "data",
        "ARTIFACT_BUCKET": "artifacts",
        "KMS_KEY_ARN": f"arn:aws:kms:{region}:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "USE_CASE_ID": "abalone",
        "PIPELINE_NAME": "abalone",
        "MODEL_PACKAGE_GROUP": event["detail"]["ModelPackageGroupName"],
        "CRAWLER_NAME": "crawler",
        "KPI_DATABASE": "kpis",
        "DELIVERY_PIPELINE": "delivery",
        "ENVIRONMENT": "bench",
        "IDEMPOTENCY_TABLE": "idempotency",
        "POWERTOOLS_SERVICE_NAME": "notifier",
        "POWERTOOLS_METRICS_NAMESPACE": "abalone",
    }


def _run(folder: Path, variables: dict[str, str], request: dict[str, Any]) -> Any:
    """Run one process and return what it answers; raise RuntimeError with what it printed where it failed."""
    with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".json", encoding="utf-8") as file:
        json.dump(request, file)
        file.flush()
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-B", str(_PROCESS), file.name],
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"{request['work']} failed:\n{done.stderr}{done.stdout}")
    return json.loads(done.stderr.splitlines()[-1])
