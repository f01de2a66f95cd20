"""The stack: settings in, components composed, outputs out."""

import pulumi

import components as c
from components import providers
from components.kpi_visualization import Names, athena
from lambdas import packaging
from settings import load

settings = load()
deployment = c.Deployment.of(settings)
opts = pulumi.ResourceOptions(providers=providers.for_deployment(deployment, settings.all_tags))

key_arn = c.EncryptionKey("encryption", c.EncryptionKeyArgs(deployment=deployment), opts).key_arn
expiring = athena.expiring_prefixes(c.DataLayout(settings.project.use_case_id))
artifacts, data = (
    c.Storage(
        noun,
        c.StorageArgs(
            deployment=deployment, noun=noun, existing_name=existing, key_arn=key_arn, expiring_prefixes=prefixes
        ),
        opts,
    )
    for noun, existing, prefixes in (
        ("artifacts", settings.buckets.artifacts, {}),
        ("data", settings.buckets.data, expiring),
    )
)
workspace = c.Workspace(
    deployment=deployment,
    pipeline=settings.pipeline,
    use_case_id=settings.project.use_case_id,
    artifacts=artifacts,
    data=data,
    key_arn=key_arn,
)
registry = c.ModelRegistry("registry", c.ModelRegistryArgs(deployment=deployment, pipeline=settings.pipeline), opts)
execution = c.ExecutionRole("execution", c.ExecutionRoleArgs(workspace=workspace), opts)
told = c.NotificationsArgs(
    workspace=workspace,
    crawler_name=Names(deployment).crawler,
    notifier_zip=packaging.build("get_model_metadata"),
    subscribers=settings.notifications,
)
notifications = c.Notifications("notifications", told, opts)
kpis = c.KpiVisualization("kpis", c.KpiVisualizationArgs(workspace=workspace, settings=settings.kpis), opts)

pulumi.export("artifact_bucket", artifacts.bucket_name)
pulumi.export("data_bucket", data.bucket_name)
pulumi.export("key_arn", key_arn)
pulumi.export("model_package_group", registry.group_name)
pulumi.export("pipeline_environment", c.pipeline_environment(settings.project, workspace, execution))
pulumi.export("topic_arn", notifications.topic_arn)
pulumi.export("notifier", notifications.notifier_name)
pulumi.export("dead_letter_queues", notifications.dead_letter_queue_urls)
pulumi.export("kpis", kpis.summary)
