"""What SageMaker reads in S3, as whom: definitions as the caller, model data as a model package's validation role."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from botocore.exceptions import ClientError

from localcloud.http.errors import AwsError
from localcloud.http.request import Caller
from localcloud.iam.callers import clients_of
from localcloud.iam.roles import assume_role
from localcloud.services.sagemaker import errors
from localcloud.services.sagemaker.models import SERVICE, ModelPackage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker.type_defs import PipelineDefinitionS3LocationTypeDef


class Storage:
    """S3 of the cloud at an endpoint."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def definition(self, caller: Caller, location: PipelineDefinitionS3LocationTypeDef) -> str:
        """Return the text of a definition, read as the caller.

        Raises:
            AwsError: ValidationException.
        """
        s3: S3Client = clients_of(caller, self._endpoint)("s3")
        bucket, key, version = location["Bucket"], location["ObjectKey"], location.get("VersionId")
        try:
            if version:
                answer = s3.get_object(Bucket=bucket, Key=key, VersionId=version)
            else:
                answer = s3.get_object(Bucket=bucket, Key=key)
            return answer["Body"].read().decode()
        except ClientError as error:
            raise errors.unreadable_definition(str(error)) from error

    def validation_problem(self, package: ModelPackage) -> str:
        """Return why a package's validation fails, '' where it does not.

        Its role can't be assumed, or can't read the model data.
        """
        if package.validation_specification is None:
            return ""
        role = package.validation_specification["ValidationRole"]
        try:
            session = assume_role(
                role,
                SERVICE,
                session_name="ModelPackageValidation",
                source_arn=package.arn,
                endpoint=self._endpoint,
            )
        except AwsError as error:
            return error.message
        s3: S3Client = session.client("s3")
        specification = package.inference_specification
        for container in specification["Containers"] if specification else []:
            uri = urlsplit(container.get("ModelDataUrl", ""))
            try:
                s3.head_object(Bucket=uri.netloc, Key=uri.path.lstrip("/"))
            except ClientError as error:
                return f"Model data {uri.geturl()} cannot be read: {error}"
        return ""
