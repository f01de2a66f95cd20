"""Reading S3 objects on somebody's behalf."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError

from localcloud.emulator.identity import CredentialsError, credentials
from localcloud.http.errors import AwsError, validation
from localcloud.http.service import Call
from localcloud.iam import roles
from localcloud.layout import ACCOUNT
from localcloud.services.sagemaker.pipelines import ReadObject

Record = dict[str, Any]


def read_as(endpoint: str) -> ReadObject:
    """Reads a PipelineDefinitionS3Location with the credentials of the caller."""

    def read(call: Call, location: Record) -> str:
        try:
            key = credentials(call.caller.access_key)
        except CredentialsError as error:
            raise validation(error.message) from error
        s3 = _s3(endpoint, call.caller.region, key.access_key_id, key.secret_access_key, key.session_token)
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
        region = package["ModelPackageArn"].split(":")[3]
        role = package["ValidationSpecification"]["ValidationRole"]
        source = {"aws:sourceaccount": ACCOUNT, "aws:sourcearn": package["ModelPackageArn"]}
        try:
            keys = roles.assume(role, "sagemaker.amazonaws.com", "ModelPackageValidation", source, region)
        except AwsError as error:
            return error.message
        s3 = _s3(endpoint, region, *keys.values())
        for container in package["InferenceSpecification"]["Containers"]:
            uri = urlsplit(container.get("ModelDataUrl", ""))
            try:
                s3.head_object(Bucket=uri.netloc, Key=uri.path.lstrip("/"))
            except ClientError as error:
                return f"Model data {uri.geturl()} cannot be read: {error}"
        return ""

    return problem


def _s3(endpoint: str, region: str, access_key: str, secret_key: str, token: str | None) -> Any:
    session = boto3.Session(access_key, secret_key, token, region)
    return session.client("s3", endpoint_url=endpoint)
