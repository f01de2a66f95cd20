# ruff: noqa: INP001 - a program of its own
# Its packages are its own:
# pyright: reportMissingImports=false, reportUnknownVariableType=false, reportUnknownMemberType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
"""The CDK program that the project's preview is measured beside: a delivery pipeline, notifications, KPIs.

It has the constructs and resources of the program that this project succeeds, `modules/service-catalog/seed_code/
mlops_app/infra` of awslabs/autonomous-driving-data-framework, with its stack for KPIs: a pipeline of
`aws_cdk.pipelines` which changes itself, and whose stages are the two other stacks.
"""

from collections import Counter
from pathlib import Path
from typing import Final

import aws_cdk as cdk
from aws_cdk import (
    aws_athena,
    aws_codebuild,
    aws_codecommit,
    aws_codepipeline,
    aws_events,
    aws_events_targets,
    aws_glue,
    aws_iam,
    aws_lambda,
    aws_quicksight,
    aws_s3,
    aws_sns,
    pipelines,
)

RESOURCES: Final = {
    "AWS::Athena::WorkGroup": 1,
    "AWS::CodeBuild::Project": 4,
    "AWS::CodePipeline::Pipeline": 1,
    "AWS::Events::Rule": 2,
    "AWS::Glue::Crawler": 1,
    "AWS::Glue::Database": 1,
    "AWS::IAM::Policy": 10,
    "AWS::IAM::Role": 10,
    "AWS::Lambda::Function": 1,
    "AWS::Lambda::Permission": 1,
    "AWS::QuickSight::DataSource": 1,
    "AWS::SNS::Topic": 1,
}
"""How many of each type the program that this project succeeds has."""

_ACCOUNT: Final = "111122223333"
_REGION: Final = "eu-central-1"
_READER: Final = f"arn:aws:quicksight:{_REGION}:{_ACCOUNT}:user/default/analyst"
_BUCKET: Final = f"arn:aws:s3:::sagemaker-{_REGION}-{_ACCOUNT}"


def _notify(stage: cdk.Stage) -> None:
    """Define a topic, and a function that a change of a model's state invokes."""
    stack = cdk.Stack(stage, "stack")
    topic = aws_sns.Topic(stack, "topic", topic_name="bench-models")
    function = aws_lambda.Function(
        stack,
        "function",
        runtime=aws_lambda.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=aws_lambda.Code.from_asset(str(Path(__file__).with_name("function"))),
        environment={"TOPIC": topic.topic_arn},
    )
    topic.grant_publish(function)
    function.add_to_role_policy(aws_iam.PolicyStatement(actions=["sagemaker:DescribeModelPackage"], resources=["*"]))
    aws_events.Rule(
        stack,
        "rule",
        event_pattern=aws_events.EventPattern(
            source=["aws.sagemaker"],
            detail_type=["SageMaker Model Package State Change"],
            detail={"ModelPackageGroupName": ["bench"]},
        ),
        targets=[aws_events_targets.LambdaFunction(function)],
    )


def _show_kpis(stage: cdk.Stage) -> None:
    """Define a crawler with its database, and what Athena and QuickSight read its tables with."""
    stack = cdk.Stack(stage, "stack")
    bucket = aws_s3.Bucket.from_bucket_arn(stack, "bucket", _BUCKET)
    role = aws_iam.Role(
        stack,
        "crawler-role",
        assumed_by=aws_iam.ServicePrincipal("glue.amazonaws.com"),
        managed_policies=[aws_iam.ManagedPolicy.from_aws_managed_policy_name("service-role/AWSGlueServiceRole")],
    )
    role.add_to_policy(
        aws_iam.PolicyStatement(actions=["s3:GetObject", "s3:PutObject"], resources=[f"{bucket.bucket_arn}/kpis/*"])
    )
    aws_glue.CfnDatabase(
        stack,
        "database",
        catalog_id=cdk.Aws.ACCOUNT_ID,
        database_input=aws_glue.CfnDatabase.DatabaseInputProperty(name="bench"),
    )
    aws_glue.CfnCrawler(
        stack,
        "crawler",
        role=role.role_arn,
        targets=aws_glue.CfnCrawler.TargetsProperty(
            s3_targets=[
                aws_glue.CfnCrawler.S3TargetProperty(
                    path=bucket.s3_url_for_object("kpis"), exclusions=["**/*.json", "**/*.gz"]
                )
            ]
        ),
        database_name="bench",
        recrawl_policy=aws_glue.CfnCrawler.RecrawlPolicyProperty(recrawl_behavior="CRAWL_NEW_FOLDERS_ONLY"),
        schema_change_policy=aws_glue.CfnCrawler.SchemaChangePolicyProperty(
            delete_behavior="LOG", update_behavior="LOG"
        ),
        schedule=aws_glue.CfnCrawler.ScheduleProperty(schedule_expression="cron(0 8 * * ? *)"),
    )
    workgroup = aws_athena.CfnWorkGroup(
        stack,
        "workgroup",
        name="bench",
        work_group_configuration=aws_athena.CfnWorkGroup.WorkGroupConfigurationProperty(
            result_configuration=aws_athena.CfnWorkGroup.ResultConfigurationProperty(
                encryption_configuration=aws_athena.CfnWorkGroup.EncryptionConfigurationProperty(
                    encryption_option="SSE_S3"
                ),
                output_location=bucket.s3_url_for_object("athena"),
            )
        ),
    )
    service_role = f"arn:aws:iam::{_ACCOUNT}:role/service-role/aws-quicksight-service-role-v0"
    aws_iam.Role.from_role_arn(stack, "quicksight-role", service_role).attach_inline_policy(
        aws_iam.Policy(
            stack,
            "quicksight-policy",
            statements=[
                aws_iam.PolicyStatement(actions=["s3:ListBucket"], resources=[bucket.bucket_arn]),
                aws_iam.PolicyStatement(actions=["s3:PutObject"], resources=[f"{bucket.bucket_arn}/athena/*"]),
                aws_iam.PolicyStatement(actions=["s3:GetObject"], resources=[f"{bucket.bucket_arn}/kpis/*"]),
            ],
        )
    )
    source = aws_quicksight.CfnDataSource(
        stack,
        "source",
        name="bench",
        type="ATHENA",
        data_source_id="bench",
        aws_account_id=cdk.Aws.ACCOUNT_ID,
        data_source_parameters=aws_quicksight.CfnDataSource.DataSourceParametersProperty(
            athena_parameters=aws_quicksight.CfnDataSource.AthenaParametersProperty(work_group="bench")
        ),
        permissions=[
            aws_quicksight.CfnDataSource.ResourcePermissionProperty(
                actions=["quicksight:DescribeDataSource", "quicksight:PassDataSource"], principal=_READER
            )
        ],
        ssl_properties=aws_quicksight.CfnDataSource.SslPropertiesProperty(disable_ssl=False),
    )
    source.add_dependency(workgroup)


def _deliver(stack: cdk.Stack) -> None:
    """Define the pipeline that deploys this program, with the two other stacks as its stages."""
    repository = aws_codecommit.Repository.from_repository_name(stack, "repository", "bench")
    source = pipelines.CodePipelineSource.code_commit(repository, "main")
    roles = {
        name: aws_iam.Role(stack, name, assumed_by=aws_iam.ServicePrincipal(f"{service}.amazonaws.com"))
        for name, service in {"build-role": "codebuild", "execution-role": "sagemaker"}.items()
    }
    artifacts = aws_s3.Bucket.from_bucket_arn(stack, "artifacts", _BUCKET)
    pipeline = pipelines.CodePipeline(
        stack,
        "pipeline",
        code_pipeline=aws_codepipeline.Pipeline(
            stack,
            "code-pipeline",
            artifact_bucket=artifacts,
            pipeline_type=aws_codepipeline.PipelineType.V1,
        ),
        publish_assets_in_parallel=False,
        self_mutation=True,
        synth=pipelines.CodeBuildStep(
            "Synth",
            input=source,
            commands=["npm install -g aws-cdk", "cdk synth"],
            role=roles["build-role"],
            primary_output_directory="cdk.out",
        ),
    )
    environment = cdk.Environment(account=_ACCOUNT, region=_REGION)
    notifications = cdk.Stage(stack, "notifications", env=environment)
    _notify(notifications)
    pipeline.add_stage(notifications).add_post(
        pipelines.CodeBuildStep(
            "Upsert",
            input=source,
            commands=["python upsert.py"],
            build_environment=aws_codebuild.BuildEnvironment(
                environment_variables={
                    "ROLE": aws_codebuild.BuildEnvironmentVariable(value=roles["execution-role"].role_arn),
                    "AWS_REGION": aws_codebuild.BuildEnvironmentVariable(value=cdk.Aws.REGION),
                }
            ),
            role=roles["build-role"],
        )
    )
    kpis = cdk.Stage(stack, "kpis", env=environment)
    _show_kpis(kpis)
    pipeline.add_stage(kpis)
    artifacts.grant_read_write(roles["build-role"])


app = cdk.App()
_deliver(cdk.Stack(app, "bench", env=cdk.Environment(account=_ACCOUNT, region=_REGION)))
assembly = app.synth()
stacks = [
    *assembly.stacks,
    *(stack for nested in assembly.nested_assemblies for stack in nested.nested_assembly.stacks),
]
resources = Counter(resource["Type"] for stack in stacks for resource in stack.template["Resources"].values())
if resources != RESOURCES:
    raise SystemExit(f"{dict(sorted(resources.items()))} instead of {RESOURCES}")
