"""Functions, and model package groups."""

from __future__ import annotations

from typing import Any

from .case import Case

FUNCTION = "${function.name}"


CASES = [
    Case(
        "function",
        "aws:lambda/function:Function",
        {
            "role": "${function-role.arn}",
            "runtime": "python3.13",
            "architectures": ["arm64"],
            "handler": "h.handler",
            "code": {"$archive": "code.zip"},
            "timeout": 30,
            "environment": {"variables": {"TOPIC_ARN": "${topic-2.arn}"}},
            "tracingConfig": {"mode": "Active"},
            "deadLetterConfig": {"targetArn": "${queue-2.arn}"},
            "tags": {"a": "1"},
        },
        {"memorySize": 256, "environment": {"variables": {"TOPIC_ARN": "none"}}, "tags": {"a": "2"}},
        {"name": "provider-test-function"},
        lambda c, out: c("lambda").update_function_configuration(FunctionName=out["name"], Timeout=7),
        lambda c, out: c("lambda").delete_function(FunctionName=out["name"]),
        id="{name}",
        outputs=("arn", "version", "qualifiedArn", "invokeArn", "codeSha256", "lastModified", "sourceCodeSize"),
    ),
    Case(
        "permission",
        "aws:lambda/permission:Permission",
        {
            "function": FUNCTION,
            "action": "lambda:InvokeFunction",
            "principal": "events.amazonaws.com",
            "sourceArn": "${rule.arn}",
        },
        {},
        {"principal": "sns.amazonaws.com"},
        lambda c, out: _replace_permission(c("lambda"), out),
        lambda c, out: c("lambda").remove_permission(FunctionName=out["function"], StatementId=out["statementId"]),
        id="{statementId}",
        import_id="{function}/{statementId}",
    ),
    Case(
        "invoke-config",
        "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
        {
            "functionName": FUNCTION,
            "maximumRetryAttempts": 1,
            "maximumEventAgeInSeconds": 600,
            "destinationConfig": {"onFailure": {"destination": "${queue-2.arn}"}},
        },
        {"maximumRetryAttempts": 0},
        {"functionName": "${function-2.name}"},
        lambda c, out: c("lambda").put_function_event_invoke_config(
            FunctionName=out["functionName"], MaximumRetryAttempts=2
        ),
        lambda c, out: c("lambda").delete_function_event_invoke_config(FunctionName=out["functionName"]),
        id="{functionName}",
    ),
    Case(
        "group",
        "aws-native:sagemaker:ModelPackageGroup",
        {
            "modelPackageGroupName": "provider-test-models",
            "modelPackageGroupDescription": "models",
            "tags": [{"key": "a", "value": "1"}],
        },
        {"tags": [{"key": "b", "value": "2"}]},
        {"modelPackageGroupDescription": "others"},
        lambda c, out: c("sagemaker").add_tags(
            ResourceArn=out["modelPackageGroupArn"], Tags=[{"Key": "z", "Value": "9"}]
        ),
        lambda c, out: c("sagemaker").delete_model_package_group(ModelPackageGroupName=out["modelPackageGroupName"]),
        id="{modelPackageGroupArn}",
        outputs=("modelPackageGroupArn", "modelPackageGroupStatus", "creationTime"),
    ),
]


def _replace_permission(client: Any, out: dict[str, Any]) -> None:
    client.remove_permission(FunctionName=out["function"], StatementId=out["statementId"])
    client.add_permission(
        FunctionName=out["function"],
        StatementId=out["statementId"],
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
    )
