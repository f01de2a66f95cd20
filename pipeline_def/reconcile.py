"""Bring the ML pipeline in SageMaker to what definition, environment and tags say, and reporting what that took.

A registered model has to name the commit of the code it was made with, yet a commit that changes neither the definition
nor a step's script must not make a new pipeline version. So the commit is the default of the parameter CommitId, which
a comparison leaves out: without any other change the stored definition stays, with the commit that introduced it, whose
step code is the same byte for byte. The tag `commit` always names the commit that was upserted last.
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from botocore.exceptions import ClientError

from contract.aws_errors import code_of, message_of
from contract.encryption import encrypt_with
from contract.layout import PipelineArtifacts
from contract.names import COMMIT_TAG
from pipeline_def.definition import PipelineDefinition, sha256
from pipeline_def.environment import PipelineEnvironment

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import TagTypeDef

# Maximum of CreatePipeline's PipelineDefinition; beyond it the definition has to lie in S3.
LONGEST_INLINE_DEFINITION = 1_048_576
_COMMIT_PARAMETER = "CommitId"
_PARALLELISM = {"MaxParallelExecutionSteps": 4}


@dataclass(frozen=True)
class Upserted:
    """What happened: `action` is about the ML pipeline itself, `tags_changed` names its tags that were another way."""

    action: Literal["created", "updated", "unchanged"]
    pipeline_arn: str
    definition_sha256: str
    tags_changed: tuple[str, ...]


def reconcile(
    sagemaker: "SageMakerClient", s3: "S3Client", environment: PipelineEnvironment, definition: PipelineDefinition
) -> Upserted:
    """Create the ML pipeline or update what differs; raise botocore's errors.

    Somebody else may create it at the same moment: then theirs is compared and updated.
    """
    current = _describe(sagemaker, environment.pipeline_name)
    if current is None:
        created = _create(sagemaker, s3, environment, definition)
        if created is not None:
            return Upserted("created", created, definition.sha256, tuple(sorted(_declared_tags(environment))))
        current = sagemaker.describe_pipeline(PipelineName=environment.pipeline_name)
    arn: str = current["PipelineArn"]
    unchanged = _same(current, environment, definition)
    if not unchanged:
        sagemaker.update_pipeline(**_request(s3, environment, definition))
    in_force = sha256(current["PipelineDefinition"]) if unchanged else definition.sha256
    return Upserted(
        "unchanged" if unchanged else "updated",
        arn,
        in_force,
        _reconcile_tags(sagemaker, arn, _declared_tags(environment), _tags_of_jobs(current["PipelineDefinition"])),
    )


def _describe(sagemaker: "SageMakerClient", name: str) -> Any | None:
    """Return DescribePipeline's answer, None where there is no such pipeline."""
    try:
        return sagemaker.describe_pipeline(PipelineName=name)
    except ClientError as error:
        code = code_of(error)
        if code.startswith("ResourceNotFound") or (code == "ValidationException" and "not find" in message_of(error)):
            return None
        raise


def _create(
    sagemaker: "SageMakerClient", s3: "S3Client", environment: PipelineEnvironment, definition: PipelineDefinition
) -> str | None:
    """Create the ML pipeline and return its ARN, None where it exists by now."""
    tags: list[TagTypeDef] = [
        {"Key": key, "Value": value} for key, value in sorted(_declared_tags(environment).items())
    ]
    try:
        return sagemaker.create_pipeline(**_request(s3, environment, definition), Tags=tags)["PipelineArn"]
    except ClientError as error:
        if "already exist" in message_of(error):
            return None
        raise


def _request(s3: "S3Client", environment: PipelineEnvironment, definition: PipelineDefinition) -> dict[str, Any]:
    common = {
        "PipelineName": environment.pipeline_name,
        "PipelineDescription": _description(environment),
        "RoleArn": environment.role_arn,
        "ParallelismConfiguration": _PARALLELISM,
    }
    content = definition.text.encode()
    if len(content) <= LONGEST_INLINE_DEFINITION:
        return {**common, "PipelineDefinition": definition.text}
    key = f"{PipelineArtifacts(environment.pipeline_name).definitions}/{definition.sha256}.json"
    s3.put_object(
        Bucket=environment.artifact_bucket,
        Key=key,
        Body=content,
        ContentType="application/json",
        **encrypt_with(environment.kms_key_arn),
    )
    return {**common, "PipelineDefinitionS3Location": {"Bucket": environment.artifact_bucket, "ObjectKey": key}}


def _description(environment: PipelineEnvironment) -> str:
    group = environment.model_package_group
    return f"{environment.use_case_id}: preprocess, train and evaluate; register in {group} or fail"


def _same(current: Any, environment: PipelineEnvironment, definition: PipelineDefinition) -> bool:
    return (
        _without_commit(current["PipelineDefinition"]) == _without_commit(definition.text)
        and current["RoleArn"] == environment.role_arn
        and current.get("PipelineDescription") == _description(environment)
        and current.get("ParallelismConfiguration") == _PARALLELISM
    )


def _parsed(text: str) -> Any:
    """Return the definition; None for text that is no JSON, as no definition of ours is."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _without_commit(text: str) -> Any:
    """Return the definition without CommitId's default; None for text that is no JSON."""
    definition = _parsed(text)
    if definition is None:
        return None
    for parameter in definition.get("Parameters", []):
        if parameter["Name"] == _COMMIT_PARAMETER:
            parameter.pop("DefaultValue", None)
    return definition


def _declared_tags(environment: PipelineEnvironment) -> dict[str, str]:
    return {**environment.job_tags, COMMIT_TAG: environment.commit}


def _tags_of_jobs(text: str) -> dict[str, str]:
    """Return the tags of a definition's jobs: those that were declared when it was upserted."""
    tags: dict[str, str] = {}

    def collect(part: Any) -> None:
        if isinstance(part, list):
            for member in cast("list[Any]", part):
                collect(member)
        elif isinstance(part, dict):
            for name, member in cast("dict[str, Any]", part).items():
                if name == "Tags":
                    tags.update((tag["Key"], tag["Value"]) for tag in member)
                else:
                    collect(member)

    collect(_parsed(text))
    return tags


def _reconcile_tags(
    sagemaker: "SageMakerClient", arn: str, tags: dict[str, str], declared_before: dict[str, str]
) -> tuple[str, ...]:
    """Add what is missing, replace what differs and remove what is no longer declared; return the keys, sorted.

    Tags that others put there stay.
    """
    pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
    present = {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}
    changed = sorted(key for key, value in tags.items() if present.get(key) != value)
    left = [key for key, value in declared_before.items() if key not in tags and present.get(key) == value]
    if outdated := [*left, *(key for key in changed if key in present)]:
        sagemaker.delete_tags(ResourceArn=arn, TagKeys=outdated)
    if changed:
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": key, "Value": tags[key]} for key in changed])
    return tuple(sorted([*changed, *left]))
