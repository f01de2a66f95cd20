"""The policies of the people around a stack: who deploys it by hand, who works with its models, who reads its KPIs.

Each function returns documents for managed policies, whose number and order have no meaning.
"""

from collections.abc import Iterable

from contract.arns import either_case, regional_service
from contract.layout import DataLayout, PipelineArtifacts
from contract.names import ARTIFACTS_BUCKET, DATA_BUCKET, EXECUTION_ROLE, Deployment, KpiNames
from permissions.managed import ANY, PASSED_ROLES, Managed, pass_statements
from permissions.policies import (
    ask_for_decisions,
    delivery_roles,
    managed_by_policy,
    patch_service_role_statement,
    write_state,
)
from permissions.statements import MAX_MANAGED_POLICY, Conditions, Document, Statement, allow, document, size
from settings.models import StackSettings


def policies_of_deployer(settings: StackSettings) -> list[Document]:
    """Return what `make up`, `make verify`, `make down` and the upsert of the ML pipeline need in a person's hands."""
    deployment = settings.deployment
    entries = managed_by_policy(
        deployment, settings.pipeline.model_package_group, ANY, settings.delivery.source.connection_arn
    )
    patch = settings.kpis.quick_sight.patch_service_role
    return _documents(
        [
            *write_state(deployment),
            *(statement for group in entries.values() for entry in group for statement in _read_and_manage(entry)),
            *pass_statements(deployment, {**PASSED_ROLES, **delivery_roles(ANY)}),
            *([patch_service_role_statement(deployment)] if patch else []),
            *_upsert(settings),
            *_refresh_and_clean_up(settings),
            *_query_kpis(settings),
            *ask_for_decisions(deployment),
            # Needs no permission; named so that the policy says all.
            allow("WhoAmI", ["sts:GetCallerIdentity"], ANY),
        ]
    )


def policies_of_data_scientist(settings: StackSettings) -> list[Document]:
    """Return running the ML pipeline, reading the registry, approving model versions and providing input data."""
    deployment = settings.deployment
    pipeline = either_case(deployment.arn("sagemaker", f"pipeline/{settings.pipeline.name}"))
    group = settings.pipeline.model_package_group
    buckets = artifacts, data = _buckets(settings)
    outputs, layout = PipelineArtifacts(settings.pipeline.name), DataLayout(settings.project.use_case_id)
    return _documents(
        [
            allow(
                "RunPipeline",
                [
                    "sagemaker:DescribePipeline",
                    "sagemaker:ListPipelineExecutions",
                    "sagemaker:ListTags",
                    "sagemaker:StartPipelineExecution",
                ],
                pipeline,
            ),
            allow(
                "FollowExecutions",
                [
                    "sagemaker:DescribePipelineDefinitionForExecution",
                    "sagemaker:DescribePipelineExecution",
                    "sagemaker:ListPipelineExecutionSteps",
                    "sagemaker:ListPipelineParametersForExecution",
                    "sagemaker:StopPipelineExecution",
                ],
                [f"{arn}/execution/*" for arn in pipeline],
            ),
            # The service authorization reference gives these no resource.
            allow("List", ["sagemaker:ListModelPackageGroups", "sagemaker:ListPipelines"], ANY),
            allow(
                "SeeModelPackageGroup",
                ["sagemaker:DescribeModelPackageGroup"],
                either_case(deployment.arn("sagemaker", f"model-package-group/{group}")),
            ),
            allow(
                "ApproveModelVersions",
                ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages", "sagemaker:UpdateModelPackage"],
                either_case(deployment.arn("sagemaker", f"model-package/{group}/*")),
            ),
            allow("ListBuckets", ["s3:ListBucket"], buckets),
            allow("ReadObjects", ["s3:GetObject"], [f"{artifacts}/{outputs.root}/*", f"{data}/{layout.root}/*"]),
            # Neither step code nor what the delivery pipeline keeps: that runs with other roles.
            allow("WriteData", ["s3:PutObject"], [f"{data}/{prefix}/*" for prefix in (layout.input, layout.tables)]),
            _use_keys_through_s3(deployment),
        ]
    )


def policies_of_analyst(settings: StackSettings) -> list[Document]:
    """Return crawling and querying the use case's data in the stack's database and workgroup."""
    return _documents(_query_kpis(settings))


def _read_and_manage(entry: Managed) -> list[Statement]:
    """Return one statement for both, or two where managing has conditions that reading has not."""
    if entry.conditions is None:
        return [allow(entry.sid, [*entry.read_actions, *entry.manage_actions], entry.resources)]
    statements = [allow(f"Manage{entry.sid}", entry.manage_actions, entry.resources, entry.conditions)]
    if entry.reads:
        statements.append(allow(f"Read{entry.sid}", entry.read_actions, entry.resources, entry.read_conditions))
    return statements


def _upsert(settings: StackSettings) -> list[Statement]:
    artifacts, _ = _buckets(settings)
    root = PipelineArtifacts(settings.pipeline.name).root
    return [
        allow("UploadCode", ["s3:GetObject", "s3:PutObject"], [f"{artifacts}/{root}/*"]),
        allow(
            "UpsertPipeline",
            [
                "sagemaker:AddTags",
                "sagemaker:CreatePipeline",
                "sagemaker:DeletePipeline",
                "sagemaker:DeleteTags",
                "sagemaker:DescribePipeline",
                "sagemaker:ListTags",
                "sagemaker:UpdatePipeline",
            ],
            either_case(settings.deployment.arn("sagemaker", f"pipeline/{settings.pipeline.name}")),
        ),
        allow("SeeExecutionRole", ["iam:GetRole"], [settings.deployment.role_arn(EXECUTION_ROLE)]),
    ]


def _refresh_and_clean_up(settings: StackSettings) -> list[Statement]:
    """Return refreshing data sets at once, and deleting model versions, without which their group can't be deleted."""
    deployment, group = settings.deployment, settings.pipeline.model_package_group
    return [
        allow(
            "RefreshDataSets",
            ["quicksight:CancelIngestion", "quicksight:CreateIngestion", "quicksight:DescribeIngestion"],
            [deployment.arn("quicksight", f"dataset/{deployment.prefix}-*/ingestion/*")],
        ),
        allow(
            "DeleteModelVersions",
            ["sagemaker:DeleteModelPackage", "sagemaker:ListModelPackages"],
            either_case(deployment.arn("sagemaker", f"model-package/{group}/*")),
        ),
    ]


def _query_kpis(settings: StackSettings) -> list[Statement]:
    deployment, names = settings.deployment, KpiNames(settings.deployment)
    layout = DataLayout(settings.project.use_case_id)
    _, data = _buckets(settings)
    return [
        allow(
            "Query",
            [
                "athena:BatchGetNamedQuery",
                "athena:BatchGetQueryExecution",
                "athena:GetNamedQuery",
                "athena:GetQueryExecution",
                "athena:GetQueryResults",
                "athena:GetWorkGroup",
                "athena:ListNamedQueries",
                "athena:ListQueryExecutions",
                "athena:StartQueryExecution",
                "athena:StopQueryExecution",
            ],
            [deployment.arn("athena", f"workgroup/{names.workgroup}")],
        ),
        allow("SeeDataCatalog", ["athena:GetDataCatalog"], [deployment.arn("athena", "datacatalog/AwsDataCatalog")]),
        # The service authorization reference gives this action no resource.
        allow("ListWorkGroups", ["athena:ListWorkGroups"], ANY),
        allow(
            "ReadCatalog",
            ["glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"],
            [
                deployment.arn("glue", path)
                for path in ("catalog", f"database/{names.database}", f"table/{names.database}/*")
            ],
        ),
        allow("SeeDefaultDatabase", ["glue:GetDatabase"], names.default_database_arns),
        allow("Crawl", ["glue:GetCrawler", "glue:StartCrawler"], [deployment.arn("glue", f"crawler/{names.crawler}")]),
        allow("FindData", ["s3:GetBucketLocation", "s3:ListBucket"], [data]),
        allow("ReadData", ["s3:GetObject"], [f"{data}/{layout.root}/*"]),
        allow("WriteResults", ["s3:AbortMultipartUpload", "s3:PutObject"], [f"{data}/{layout.query_results}/*"]),
        _use_keys_through_s3(deployment),
        # It has no resource type: Lake Formation's own grants decide ("Underlying data access control").
        *(
            [allow("ReadGovernedData", ["lakeformation:GetDataAccess"], ANY)]
            if settings.kpis.lake_formation.enabled
            else []
        ),
    ]


def _buckets(settings: StackSettings) -> tuple[str, str]:
    """Return the ARNs of the artifact bucket and of the data bucket, the stack's own or existing ones."""
    deployment, existing = settings.deployment, settings.buckets
    return (
        deployment.bucket_arn(existing.artifacts or deployment.bucket_name(ARTIFACTS_BUCKET)),
        deployment.bucket_arn(existing.data or deployment.bucket_name(DATA_BUCKET)),
    )


def _use_keys_through_s3(deployment: Deployment) -> Statement:
    """Allow what S3 needs for encrypted objects; a key's ARN is generated, so the key policies say which key."""
    conditions: Conditions = {"StringEquals": {"kms:ViaService": regional_service("s3", deployment.region)}}
    return allow(
        "UseKeysThroughS3", ["kms:Decrypt", "kms:GenerateDataKey"], [deployment.arn("kms", "key/*")], conditions
    )


def _documents(statements: Iterable[Statement]) -> list[Document]:
    """Distribute statements over documents of the size that a managed policy may have."""
    parts: list[list[Statement]] = [[]]
    for statement in statements:
        if size([*parts[-1], statement]) > MAX_MANAGED_POLICY:
            parts.append([])
        parts[-1].append(statement)
    return [document(part) for part in parts]
