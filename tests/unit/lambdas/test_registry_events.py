"""The structured copy of each change, as KPI queries find it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from contract.layout import REGISTRY_EVENT_COLUMNS
from lambdas.notifier.settings import Settings, SettingsError

from .stage import DATA, EXECUTION, GROUP, METRICS, PIPELINE, failed_execution

if TYPE_CHECKING:
    from .stage import Stage


def test_a_change_is_recorded_under_its_day_and_event_id_with_all_that_kpis_need(stage: Stage) -> None:
    stage.register(METRICS, status="Approved")
    arn = stage.register({**METRICS, "bias": 0.1})
    stage.decide(arn, "Approved", "good")
    times = {"CreationTime": "2026-03-01T08:00:00Z", "LastModifiedTime": "2026-03-02T09:30:00Z"}
    event = {**stage.event(arn, **times), "time": "2026-03-02T23:59:59Z"}
    stage.handle(event)

    [(key, record)] = stage.records().items()
    assert key == f"use-case=abalone/registry-events/use_case=abalone/dt=2026-03-02/{event['id']}.json"
    assert record == {
        "event_id": event["id"],
        "event_time": "2026-03-02T23:59:59Z",
        "kind": "model-package",
        "environment": "test",
        "account": "123456789012",
        "region": "us-east-1",
        "pipeline": PIPELINE,
        "model_package_group": GROUP,
        "version": 2,
        "arn": arn,
        "status": "Approved",
        "changed_at": "2026-03-02T09:30:00Z",
        "changed_by": "fake-user-profile-name (Studio domain fake-domain-id)",
        "reason": "good",
        "failed_step": None,
        "execution_arn": EXECUTION,
        "commit_id": "0123abc",
        "created_at": "2026-03-01T08:00:00Z",
        "approval_lead_time_seconds": 91800.0,
        "mse": 4.8,
        "rmse": 2.19,
        "mae": 1.55,
        "r2": 0.56,
        "metrics_json": json.dumps({**METRICS, "bias": 0.1}, sort_keys=True),
        "previous_version": 1,
        "metrics_problem": None,
    }


def test_the_copy_is_one_line_of_json(stage: Stage) -> None:
    arn = stage.register(METRICS)
    stage.handle(stage.event(arn, ModelApprovalStatus="Rejected", ApprovalDescription="two\nlines"))

    [key] = stage.records()
    body = stage.clients.s3.get_object(Bucket=DATA, Key=key)["Body"].read()
    assert body.endswith(b"\n")
    assert body.count(b"\n") == 1


@pytest.mark.parametrize("status", ["PendingManualApproval", "Failed"])
def test_only_a_decision_has_a_lead_time(stage: Stage, status: str) -> None:
    arn = stage.register(METRICS)
    failed = {"ModelPackageStatus": "Failed"} if status == "Failed" else {}
    stage.handle(stage.event(arn, **failed))

    [record] = stage.records().values()
    assert record["status"] == status
    assert record["approval_lead_time_seconds"] is None


def test_missing_metrics_are_nulls_with_the_reason_beside_them(stage: Stage) -> None:
    stage.handle(stage.event(stage.register(uri=None)))

    [record] = stage.records().values()
    assert [record[name] for name in ("mse", "rmse", "mae", "r2", "metrics_json")] == [None] * 5
    assert record["metrics_problem"] == "the version names no model-quality statistics"


def test_every_kind_of_change_has_the_same_keys_in_the_same_order(stage: Stage) -> None:
    for operation in ("DescribePipelineExecution", "ListPipelineExecutionSteps", "ListPipelineParametersForExecution"):
        stage.faults.refuse("sagemaker", operation)
    stage.handle(stage.event(stage.register(METRICS)))
    stage.handle(failed_execution())

    assert [tuple(record) for record in stage.records().values()] == [tuple(REGISTRY_EVENT_COLUMNS)] * 2


def test_the_copy_is_encrypted_with_the_stacks_key_whatever_the_buckets_default_is(stage: Stage) -> None:
    stage.handle(stage.event(stage.register(METRICS)))

    [key] = stage.records()
    written = stage.clients.s3.head_object(Bucket=DATA, Key=key)
    assert (written["ServerSideEncryption"], written["SSEKMSKeyId"]) == ("aws:kms", stage.settings.kms_key_arn)


def test_missing_settings_are_all_named() -> None:
    with pytest.raises(SettingsError, match="lacks DATA_BUCKET, ARTIFACT_BUCKET, KMS_KEY_ARN, IDEMPOTENCY_TABLE:"):
        Settings.from_environment(
            {
                "TOPIC_ARN": "arn",
                "USE_CASE_ID": "abalone",
                "PIPELINE_NAME": PIPELINE,
                "MODEL_PACKAGE_GROUP": GROUP,
                "CRAWLER_NAME": "crawler",
                "KPI_DATABASE": "kpis",
                "DELIVERY_PIPELINE": "delivery",
                "ENVIRONMENT": "test",
                "IDEMPOTENCY_TABLE": "",
            }
        )
