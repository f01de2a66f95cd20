"""The model registry, the KPIs' catalog and workgroup, and what shows them."""

from components.cicd.permissions.managed import Managed
from contract.arns import either_case
from contract.names import Deployment, KpiNames
from settings.models import PipelineSettings

# Deleting a database is asked of all that it may hold.
_IN_DATABASES = ("table", "userDefinedFunction")


def analytics(deployment: Deployment, pipeline: PipelineSettings) -> list[Managed]:
    """What the registry and KPI visualisation are made of."""
    return [*_registry(deployment, pipeline), *_catalog(deployment), *_dashboard(deployment)]


def _registry(deployment: Deployment, pipeline: PipelineSettings) -> list[Managed]:
    group = pipeline.model_package_group
    return [
        Managed(
            sid="ModelPackageGroup",
            service="sagemaker",
            resources=either_case(deployment.arn("sagemaker", f"model-package-group/{group}")),
            reads="DescribeModelPackageGroup GetModelPackageGroupPolicy ListTags",
            changes="AddTags CreateModelPackageGroup DeleteModelPackageGroup DeleteModelPackageGroupPolicy DeleteTags "
            "PutModelPackageGroupPolicy",
        ),
        # pulumi-aws-native works through Cloud Control API, whose actions have no resource; what it then does in the
        # service's name is asked of the caller again, above and below.
        Managed(
            sid="NativeResources",
            service="cloudformation",
            resources=["*"],
            reads="GetResource GetResourceRequestStatus",
            changes="CancelResourceRequest CreateResource DeleteResource UpdateResource",
        ),
    ]


def _catalog(deployment: Deployment) -> list[Managed]:
    names, prefix = KpiNames(deployment), deployment.prefix
    catalog = [deployment.arn("glue", path) for path in ("catalog", f"database/{names.database}")]
    return [
        Managed(
            sid="Catalog",
            service="glue",
            resources=[*catalog, *(deployment.arn("glue", f"{kind}/{names.database}/*") for kind in _IN_DATABASES)],
            reads="GetDatabase GetPartitionIndexes GetTable GetTables GetTags",
            changes="CreateDatabase CreateTable DeleteDatabase DeleteTable TagResource UntagResource UpdateDatabase "
            "UpdateTable",
        ),
        Managed(
            sid="Crawlers",
            service="glue",
            resources=[deployment.arn("glue", f"crawler/{prefix}-*")],
            reads="GetCrawler GetTags",
            changes="DeleteCrawler StopCrawler TagResource UntagResource UpdateCrawler",
        ),
        # The reference gives these no resource, not even the crawler that is created.
        Managed(
            sid="AnyCrawler",
            service="glue",
            resources=["*"],
            reads="GetClassifier GetSecurityConfiguration",
            changes="CreateClassifier CreateCrawler CreateSecurityConfiguration DeleteClassifier "
            "DeleteSecurityConfiguration UpdateClassifier",
        ),
        Managed(
            sid="Workgroups",
            service="athena",
            resources=[deployment.arn("athena", f"workgroup/{prefix}-*")],
            reads="GetNamedQuery GetWorkGroup ListTagsForResource",
            changes="CreateNamedQuery CreateWorkGroup DeleteNamedQuery DeleteWorkGroup TagResource UntagResource "
            "UpdateNamedQuery UpdateWorkGroup",
        ),
    ]


def _dashboard(deployment: Deployment) -> list[Managed]:
    prefix = deployment.prefix
    sources, sets, dashboards = (
        deployment.arn("quicksight", f"{kind}/{prefix}-*") for kind in ("datasource", "dataset", "dashboard")
    )
    return [
        Managed(
            sid="Dashboards",
            service="quicksight",
            resources=[sources, sets, dashboards, f"{sets}/refresh-schedule/*"],
            reads="DescribeDashboard DescribeDashboardPermissions DescribeDataSet DescribeDataSetPermissions "
            "DescribeDataSetRefreshProperties DescribeDataSource DescribeDataSourcePermissions DescribeRefreshSchedule "
            "ListDashboardVersions ListTagsForResource",
            changes="CreateDashboard CreateDataSet CreateRefreshSchedule DeleteDashboard DeleteDataSet "
            "DeleteDataSetRefreshProperties DeleteDataSource DeleteRefreshSchedule PassDataSet PassDataSource "
            "PutDataSetRefreshProperties TagResource UntagResource UpdateDashboard UpdateDashboardLinks "
            "UpdateDashboardPermissions UpdateDashboardPublishedVersion UpdateDataSet "
            "UpdateDataSetPermissions UpdateDataSource UpdateDataSourcePermissions UpdateRefreshSchedule",
        ),
        # The reference gives this one no resource.
        Managed(sid="AnyDataSource", service="quicksight", resources=["*"], changes="CreateDataSource"),
        # Lake Formation's actions have no resources; its own grants say what their caller may grant.
        Managed(
            sid="Grants",
            service="lakeformation",
            resources=["*"],
            reads="DescribeResource ListPermissions",
            changes="DeregisterResource GrantPermissions RegisterResource RevokePermissions UpdateResource",
        ),
    ]
