"""Reading S3 objects on somebody's behalf."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from localcloud.http.errors import AwsError, validation
from localcloud.http.service import Call
from localcloud.iam.callers import clients_of
from localcloud.iam.roles import assume_role
from localcloud.services.sagemaker.pipelines import ReadObject

Record = dict[str, Any]


def read_as(endpoint: str) -> ReadObject:
    """Reads a PipelineDefinitionS3Location with the credentials of the caller."""

    def read(call: Call, location: Record) -> str:
        s3 = clients_of(call.caller, endpoint)("s3")
        version = {"VersionId": location["VersionId"]} if location.get("VersionId") else {}
        try:
            answer = s3.get_object(Bucket=location["Bucket"], Key=location["ObjectKey"], **version)
            return answer["Body"].read().decode()
        except ClientError as error:
            raise validation(f"Unable to read the pipeline definition from S3: {error}") from error

    return read


def unreadable_model(endpoint: str) -> Callable[[Record], str]:
    """Tells why a model package's validation fails: its role cannot be assumed or cannot read its model data."""

    def problem(package: Record) -> str:
        try:
            session = assume_role(
                package["ValidationSpecification"]["ValidationRole"],
                "sagemaker.amazonaws.com",
                session_name="ModelPackageValidation",
                source_arn=package["ModelPackageArn"],
                endpoint=endpoint,
            )
        except AwsError as error:
            return error.message
        s3 = session.client("s3")
        for container in package["InferenceSpecification"]["Containers"]:
            uri = urlsplit(container.get("ModelDataUrl", ""))
            try:
                s3.head_object(Bucket=uri.netloc, Key=uri.path.lstrip("/"))
            except ClientError as error:
                return f"Model data {uri.geturl()} cannot be read: {error}"
        return ""

    return problem
