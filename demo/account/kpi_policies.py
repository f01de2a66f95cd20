"""IAM policies for the KPIs: deploying what they are made of, and querying them."""

from demo.account.statements import DATABASES, NAMES, Statement, allow
from localcloud.layout import ACCOUNT


def analyst(region: str) -> list[Statement]:
    """Crawling and querying in the project's database and workgroups, and nothing else."""
    glue = f"arn:aws:glue:{region}:{ACCOUNT}"
    # Databases have underscores for hyphens.
    databases, tables = f"{glue}:database/{DATABASES}", f"{glue}:table/{DATABASES}/*"
    through_s3 = {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}}
    return [
        allow(
            "athena:StartQueryExecution StopQueryExecution GetQueryExecution BatchGetQueryExecution "
            "ListQueryExecutions GetQueryResults GetWorkGroup GetNamedQuery ListNamedQueries BatchGetNamedQuery",
            f"arn:aws:athena:{region}:{ACCOUNT}:workgroup/{NAMES}",
        ),
        allow("athena:GetDataCatalog", f"arn:aws:athena:{region}:{ACCOUNT}:datacatalog/AwsDataCatalog"),
        # ListWorkGroups takes no resource.
        allow("athena:ListWorkGroups", "*"),
        allow("glue:GetDatabase GetTable GetTables GetPartition GetPartitions", f"{glue}:catalog", databases, tables),
        allow("glue:StartCrawler GetCrawler", f"{glue}:crawler/{NAMES}"),
        allow("s3:GetBucketLocation ListBucket", f"arn:aws:s3:::{NAMES}"),
        allow("s3:GetObject", f"arn:aws:s3:::{NAMES}/use-case=*"),
        allow("s3:PutObject AbortMultipartUpload", f"arn:aws:s3:::{NAMES}/use-case=*/athena-results/*"),
        allow("kms:Decrypt GenerateDataKey", f"arn:aws:kms:{region}:{ACCOUNT}:key/*", condition=through_s3),
    ]


def deployer(region: str) -> list[Statement]:
    """What deploying the KPIs of stack `local` needs."""
    return [*_catalog(region), *_queries(region), *_dashboards(region), *_data_lake()]


def _catalog(region: str) -> list[Statement]:
    glue = f"arn:aws:glue:{region}:{ACCOUNT}"
    crawler = f"{glue}:crawler/{NAMES}"
    return [
        # Each is authorized on the catalog and the database too; DeleteDatabase on all that is in it.
        allow(
            "glue:CreateDatabase GetDatabase UpdateDatabase DeleteDatabase CreateTable GetTable UpdateTable "
            "DeleteTable GetTags TagResource UntagResource",
            f"{glue}:catalog",
            f"{glue}:database/{DATABASES}",
            f"{glue}:table/{DATABASES}/*",
            f"{glue}:userDefinedFunction/{DATABASES}/*",
        ),
        allow("glue:GetCrawler UpdateCrawler DeleteCrawler GetTags TagResource UntagResource", crawler),
        # The reference gives these no resource.
        allow(
            "glue:CreateCrawler CreateClassifier GetClassifier UpdateClassifier DeleteClassifier "
            "CreateSecurityConfiguration GetSecurityConfiguration DeleteSecurityConfiguration",
            "*",
        ),
    ]


def _queries(region: str) -> list[Statement]:
    return [
        allow(
            "athena:CreateWorkGroup GetWorkGroup UpdateWorkGroup DeleteWorkGroup TagResource UntagResource "
            "ListTagsForResource CreateNamedQuery GetNamedQuery UpdateNamedQuery DeleteNamedQuery ListNamedQueries",
            f"arn:aws:athena:{region}:{ACCOUNT}:workgroup/{NAMES}",
        )
    ]


def _dashboards(region: str) -> list[Statement]:
    quicksight = f"arn:aws:quicksight:{region}:{ACCOUNT}"
    return [
        # The reference gives CreateDataSource no resource.
        allow("quicksight:CreateDataSource", "*"),
        allow(
            "quicksight:DescribeDataSource UpdateDataSource DeleteDataSource DescribeDataSourcePermissions "
            "UpdateDataSourcePermissions PassDataSource CreateDataSet TagResource UntagResource ListTagsForResource",
            f"{quicksight}:datasource/{NAMES}",
        ),
        allow(
            "quicksight:DescribeDataSet UpdateDataSet DeleteDataSet DescribeDataSetPermissions "
            "UpdateDataSetPermissions PassDataSet PutDataSetRefreshProperties DescribeDataSetRefreshProperties "
            "DeleteDataSetRefreshProperties TagResource UntagResource ListTagsForResource",
            f"{quicksight}:dataset/{NAMES}",
        ),
        allow(
            "quicksight:CreateRefreshSchedule DescribeRefreshSchedule UpdateRefreshSchedule DeleteRefreshSchedule",
            f"{quicksight}:dataset/{NAMES}/refresh-schedule/*",
        ),
        # A refresh at once, after the pipeline has written new rows.
        allow(
            "quicksight:CreateIngestion DescribeIngestion CancelIngestion", f"{quicksight}:dataset/{NAMES}/ingestion/*"
        ),
        allow(
            "quicksight:CreateDashboard DescribeDashboard UpdateDashboard DeleteDashboard UpdateDashboardLinks "
            "ListDashboardVersions "
            "DescribeDashboardPermissions UpdateDashboardPermissions UpdateDashboardPublishedVersion TagResource "
            "UntagResource ListTagsForResource",
            f"{quicksight}:dashboard/{NAMES}",
        ),
    ]


def _data_lake() -> list[Statement]:
    # The reference gives Lake Formation's actions no resource; its own permissions decide on what.
    return [
        allow(
            "lakeformation:GrantPermissions RevokePermissions ListPermissions RegisterResource UpdateResource "
            "DescribeResource DeregisterResource",
            "*",
        )
    ]
