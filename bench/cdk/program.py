# ruff: noqa: INP001 - a program of its own
# Its packages are its own:
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
"""A CDK program of the size and services of the one that this project succeeds: 34 resources, synthesised."""

from typing import Final

import aws_cdk as cdk
from aws_cdk import (
    aws_cloudwatch,
    aws_codebuild,
    aws_events,
    aws_events_targets,
    aws_iam,
    aws_kms,
    aws_lambda,
    aws_logs,
    aws_s3,
    aws_sns,
    aws_sqs,
)

RESOURCES: Final = 34

app = cdk.App()
stack = cdk.Stack(app, "bench", synthesizer=cdk.LegacyStackSynthesizer())
key = aws_kms.Key(stack, "key", enable_key_rotation=True)
for name in ("artifacts", "data"):
    aws_s3.Bucket(stack, name, encryption_key=key, enforce_ssl=True)
for name in ("notifications", "alarms"):
    aws_sns.Topic(stack, name, master_key=key)
queue = aws_sqs.Queue(stack, "queue", encryption_master_key=key)
function = aws_lambda.Function(
    stack,
    "function",
    runtime=aws_lambda.Runtime.PYTHON_3_13,
    handler="index.handler",
    code=aws_lambda.Code.from_inline("def handler(event, context): pass"),
)
for number in range(4):
    rule = aws_events.Rule(stack, f"rule-{number}", event_pattern=aws_events.EventPattern(source=["aws.sagemaker"]))
    rule.add_target(aws_events_targets.LambdaFunction(function))
    aws_logs.LogGroup(stack, f"logs-{number}", encryption_key=key)
for number in range(2):
    role = aws_iam.Role(stack, f"role-{number}", assumed_by=aws_iam.ServicePrincipal("codebuild.amazonaws.com"))
    key.grant_encrypt_decrypt(role)
    aws_codebuild.Project(
        stack,
        f"project-{number}",
        role=role,
        build_spec=aws_codebuild.BuildSpec.from_object({"version": "0.2"}),
    )
for number in range(6):
    aws_cloudwatch.Alarm(
        stack,
        f"alarm-{number}",
        metric=queue.metric_approximate_number_of_messages_visible(),
        threshold=1,
        evaluation_periods=1,
    )
resources = app.synth().get_stack_by_name("bench").template["Resources"]
if len(resources) != RESOURCES:
    raise SystemExit(f"{len(resources)} resources instead of {RESOURCES}")
