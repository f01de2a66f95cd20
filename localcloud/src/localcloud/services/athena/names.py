"""ARNs of Athena's resources."""

from localcloud.layout import ACCOUNT

PRIMARY = "primary"
DATA_CATALOG = "AwsDataCatalog"


def workgroup_arn(region: str, name: str) -> str:
    """The ARN of a workgroup."""
    return f"arn:aws:athena:{region}:{ACCOUNT}:workgroup/{name}"


def data_catalog_arn(region: str, name: str) -> str:
    """The ARN of a data catalog."""
    return f"arn:aws:athena:{region}:{ACCOUNT}:datacatalog/{name}"
