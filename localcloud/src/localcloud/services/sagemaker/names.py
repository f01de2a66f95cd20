"""ARNs of SageMaker resources."""

from localcloud.iam.callers import Caller
from localcloud.layout import ACCOUNT


def arn(region: str, resource: str) -> str:
    """The ARN of a SageMaker resource, e.g. resource `pipeline/train`; SageMaker writes names in lower case there."""
    return f"arn:aws:sagemaker:{region}:{ACCOUNT}:{resource.lower()}"


def qualified(caller: Caller, kind: str, name_or_arn: str) -> str:
    """The ARN of a resource that a request names by its name or by its ARN."""
    return name_or_arn if name_or_arn.startswith("arn:") else arn(caller.region, f"{kind}/{name_or_arn}")


def key(name_or_arn: str) -> str:
    """What a resource is stored under: its name in lower case, also of an ARN (`...:pipeline/train`)."""
    return name_or_arn.rsplit(":", 1)[-1].rsplit("/", 1)[-1].lower()
