"""What identities may read: the Glue catalog's objects, and prefixes of the data bucket."""

from collections.abc import Sequence

import pulumi

from components import iam
from components.workspace import Workspace
from contract.names import Deployment


def catalog_objects(deployment: Deployment, database: str, tables: str = "*") -> list[str]:
    """The catalog, one database and its tables: what each action on a table is evaluated on.

    Source: "Specifying AWS Glue resource ARNs" (AWS Glue Developer Guide).
    """
    return [
        deployment.arn("glue", "catalog"),
        deployment.arn("glue", f"database/{database}"),
        deployment.arn("glue", f"table/{database}/{tables}"),
    ]


def read_objects(sid: str, workspace: Workspace, prefixes: Sequence[str]) -> list[iam.Statement]:
    """Reading and listing below some prefixes of the data bucket, and nothing outside them."""
    bucket = workspace.data.bucket_arn
    return [
        iam.allow(f"Read{sid}", ["s3:GetObject"], [pulumi.Output.concat(bucket, f"/{p}/*") for p in prefixes]),
        iam.allow(
            f"List{sid}", ["s3:ListBucket"], [bucket], {"StringLike": {"s3:prefix": [f"{p}/*" for p in prefixes]}}
        ),
        iam.allow(f"Locate{sid}", ["s3:GetBucketLocation"], [bucket]),
    ]
