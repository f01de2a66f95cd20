"""The stack: settings in, components composed, outputs out."""

import gc

# The SDK's modules define tens of thousands of objects that stay until the program ends: to look through them for
# garbage at every 700th (Python's default) takes a tenth of its CPU.
gc.set_threshold(100_000)

import pulumi  # noqa: E402 after the collector is set

import components as c  # noqa: E402
from lambdas import packaging  # noqa: E402
from settings import load  # noqa: E402

settings = load()
deployment = settings.deployment
opts = pulumi.ResourceOptions(
    providers=c.create_providers(deployment, settings.all_tags, settings.operations.ignored_tags)
)

workspace = c.create_workspace(settings, opts)
registry_args = c.ModelRegistryArgs(
    pipeline_name=settings.pipeline.name, removal_protection=deployment.removal_protection
)
registry = c.ModelRegistry("registry", registry_args, opts)
execution = c.ExecutionRole("execution", c.ExecutionRoleArgs(workspace=workspace), opts)
environment = c.pipeline_environment(workspace, settings, execution.role_arn)
notifications = c.Notifications(
    "notifications",
    c.NotificationsArgs(
        workspace=workspace,
        settings=settings.notifications,
        notifier_zip=packaging.build("notifier"),
    ),
    opts,
)
delivery = c.Cicd(
    "delivery",
    c.CicdArgs(
        workspace=workspace,
        settings=settings,
        topic_arn=notifications.topic_arn,
        upsert_environment=environment,
    ),
    opts,
)
kpis_args = c.KpiVisualizationArgs(
    workspace=workspace,
    settings=settings.kpis,
    notifier_role_arn=notifications.notifier_role_arn,
    job_role_arns=delivery.role_arns,
)
kpis = c.KpiVisualization("kpis", kpis_args, opts)

pulumi.export("artifact_bucket", workspace.artifacts.bucket_name)
pulumi.export("data_bucket", workspace.data.bucket_name)
pulumi.export("key_arn", workspace.key_arn)
pulumi.export("model_package_group", registry.group_name)
pulumi.export("pipeline_environment", environment)
pulumi.export("topic_arn", notifications.topic_arn)
pulumi.export("notifier", notifications.notifier_name)
pulumi.export("dead_letter_queues", notifications.dead_letter_queue_urls)
pulumi.export("kpis", kpis.summary)
pulumi.export("delivery", delivery.summary)
