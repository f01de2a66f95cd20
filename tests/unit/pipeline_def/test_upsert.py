import dataclasses
from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from moto import mock_aws

from pipeline_def import failures, reconcile, upsert
from pipeline_def.definition import PipelineDefinition, build
from pipeline_def.environment import PipelineEnvironment, parse

REGION = "eu-west-1"


@cache
def client(service: str) -> Any:
    """A client for moto, made once: most of a test's time would go into making it."""
    make: Any = boto3.client
    return make(service, REGION, aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture
def settings(variables: dict[str, str]) -> PipelineEnvironment:
    return parse(variables)


@pytest.fixture
def aws(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An account with the artifact bucket and the execution role; yields the SageMaker client."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client("s3").create_bucket(
            Bucket=variables["ARTIFACT_BUCKET"], CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        client("iam").create_role(RoleName="abalone-test-execution", AssumeRolePolicyDocument="{}")
        yield client("sagemaker")


def put(sagemaker: Any, settings: PipelineEnvironment, definition: PipelineDefinition) -> reconcile.Upserted:
    return reconcile.reconcile(sagemaker, client("s3"), settings, definition)


def tags(sagemaker: Any, arn: str) -> list[tuple[str, str]]:
    return sorted((tag["Key"], tag["Value"]) for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"])


def test_a_new_pipeline_is_created_with_its_code_role_and_tags(
    aws: Any, settings: PipelineEnvironment, definition: PipelineDefinition
):
    result = upsert.upsert(settings, definition)
    assert result["action"] == "created"
    assert result["definition_sha256"] == definition.sha256
    assert result["commit"] == settings.commit
    stored = aws.describe_pipeline(PipelineName="abalone-test")
    assert stored["PipelineDefinition"] == definition.text
    assert stored["RoleArn"] == settings.role_arn
    assert tags(aws, stored["PipelineArn"]) == [
        ("commit", settings.commit),
        ("sagemaker:project-id", "p-abc123def456"),
        ("sagemaker:project-name", "abalone"),
        ("team", "mlops"),
    ]
    listed = client("s3").list_objects_v2(Bucket=settings.artifact_bucket)
    keys = [item["Key"] for item in listed["Contents"]]
    for bundle in definition.bundles:
        assert f"abalone-test/code/{bundle.sha256}/{bundle.entry}" in keys


def test_a_second_upsert_changes_nothing(aws: Any, settings: PipelineEnvironment, definition: PipelineDefinition):
    upsert.upsert(settings, definition)
    before = aws.describe_pipeline(PipelineName="abalone-test")
    result = upsert.upsert(settings, definition)
    assert result["action"] == "unchanged"
    assert result["tags_changed"] == ()
    assert aws.describe_pipeline(PipelineName="abalone-test")["LastModifiedTime"] == before["LastModifiedTime"]


def test_a_new_commit_with_the_same_code_leaves_the_definition_and_moves_the_tag(
    aws: Any, variables: dict[str, str], settings: PipelineEnvironment, definition: PipelineDefinition
):
    put(aws, settings, definition)
    later = parse({**variables, "COMMIT": "fedcba"})
    same = dataclasses.replace(definition, text=definition.text.replace(settings.commit, later.commit))
    assert same.text != definition.text
    result = put(aws, later, same)
    assert result.action == "unchanged"
    assert result.definition_sha256 == definition.sha256
    assert result.tags_changed == ("commit",)
    stored = aws.describe_pipeline(PipelineName="abalone-test")
    assert stored["PipelineDefinition"] == definition.text
    assert [value for key, value in tags(aws, stored["PipelineArn"]) if key == "commit"] == ["fedcba"]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"SAGEMAKER_PIPELINE_ROLE_ARN": "arn:aws:iam::123456789012:role/other"}, None),
        ({"USE_CASE_ID": "shells"}, None),
        ({}, "m5.xlarge"),
    ],
    ids=["role", "description", "definition"],
)
def test_what_differs_is_updated_and_then_stays(
    aws: Any,
    variables: dict[str, str],
    settings: PipelineEnvironment,
    definition: PipelineDefinition,
    change: dict[str, str],
    text: str | None,
):
    client("iam").create_role(RoleName="other", AssumeRolePolicyDocument="{}")
    put(aws, settings, definition)
    changed = parse({**variables, **change})
    other = dataclasses.replace(definition, text=definition.text.replace("m5.large", text or "m5.large"))
    assert put(aws, changed, other).action == "updated"
    stored = aws.describe_pipeline(PipelineName="abalone-test")
    assert stored["PipelineDefinition"] == other.text
    assert stored["RoleArn"] == changed.role_arn
    assert put(aws, changed, other).action == "unchanged"


def test_a_change_made_by_hand_is_taken_back(aws: Any, settings: PipelineEnvironment, definition: PipelineDefinition):
    put(aws, settings, definition)
    aws.update_pipeline(PipelineName="abalone-test", PipelineDescription="by hand", PipelineDefinition="not JSON")
    assert put(aws, settings, definition).action == "updated"
    assert aws.describe_pipeline(PipelineName="abalone-test")["PipelineDefinition"] == definition.text


def test_tags_of_others_stay_and_a_changed_one_is_there_once(
    aws: Any, variables: dict[str, str], settings: PipelineEnvironment, definition: PipelineDefinition
):
    arn = put(aws, settings, definition).pipeline_arn
    aws.add_tags(ResourceArn=arn, Tags=[{"Key": "cost-centre", "Value": "42"}])
    changed = parse({**variables, "PIPELINE_TAGS": '{"team": "science"}'})
    assert put(aws, changed, definition).tags_changed == ("team",)
    assert [tag for tag in tags(aws, arn) if tag[0] in ("team", "cost-centre")] == [
        ("cost-centre", "42"),
        ("team", "science"),
    ]


def test_a_tag_that_is_no_longer_declared_goes_unless_somebody_changed_it(
    aws: Any, variables: dict[str, str], settings: PipelineEnvironment, definition: PipelineDefinition
):
    arn = put(aws, settings, definition).pipeline_arn
    renamed = parse({**variables, "PIPELINE_TAGS": '{"Team": "mlops"}'})
    assert put(aws, renamed, build(renamed)).tags_changed == ("Team", "team")
    assert [tag for tag in tags(aws, arn) if tag[0].lower() == "team"] == [("Team", "mlops")]
    aws.delete_tags(ResourceArn=arn, TagKeys=["Team"])
    aws.add_tags(ResourceArn=arn, Tags=[{"Key": "Team", "Value": "theirs"}])
    without = parse({**variables, "PIPELINE_TAGS": ""})
    assert put(aws, without, build(without)).tags_changed == ()
    assert ("Team", "theirs") in tags(aws, arn)


def test_a_pipeline_that_somebody_creates_at_the_same_moment_is_updated(
    aws: Any, settings: PipelineEnvironment, definition: PipelineDefinition
):
    class Late:
        """A client whose first look finds nothing, because the other one has not finished."""

        def __init__(self) -> None:
            self.looked = False

        def __getattr__(self, name: str) -> Any:
            return getattr(aws, name)

        def describe_pipeline(self, **arguments: Any) -> Any:
            if not self.looked:
                self.looked = True
                raise ClientError({"Error": {"Code": "ResourceNotFound", "Message": ""}}, "DescribePipeline")
            return aws.describe_pipeline(**arguments)

    theirs = dataclasses.replace(definition, text=definition.text.replace("ml.m5.large", "ml.m5.xlarge"))
    put(aws, settings, theirs)
    assert put(Late(), settings, definition).action == "updated"
    assert aws.describe_pipeline(PipelineName="abalone-test")["PipelineDefinition"] == definition.text


def test_a_definition_too_long_for_the_call_goes_through_s3(
    aws: Any, settings: PipelineEnvironment, definition: PipelineDefinition, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reconcile, "LONGEST_INLINE_DEFINITION", 100)
    asked: list[dict[str, Any]] = []
    aws.meta.events.register("provide-client-params.sagemaker.CreatePipeline", lambda params, **_: asked.append(params))
    s3 = client("s3")
    assert reconcile.reconcile(aws, s3, settings, definition).action == "created"
    (request,) = asked
    assert "PipelineDefinition" not in request
    location = request["PipelineDefinitionS3Location"]
    stored = s3.get_object(Bucket=location["Bucket"], Key=location["ObjectKey"])
    assert stored["Body"].read().decode() == definition.text
    assert (stored["ServerSideEncryption"], stored["SSEKMSKeyId"]) == ("aws:kms", settings.kms_key_arn)
    assert location["Bucket"] == settings.artifact_bucket


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"SAGEMAKER_PIPELINE_ROLE_ARN": "arn:aws:iam::123456789012:role/none"}, "role/none doesn't exist"),
        ({"ARTIFACT_BUCKET": "no-such-bucket-here"}, "'no-such-bucket-here' doesn't exist"),
    ],
)
def test_what_does_not_exist_is_named_with_what_to_do(  # noqa: PLR0917
    aws: Any,
    variables: dict[str, str],
    definition: PipelineDefinition,
    change: dict[str, str],
    expected: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    for name, value in {**variables, **change}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(upsert, "build", lambda _settings: definition)
    assert upsert.main([]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert expected in printed.err
    assert "Deploy the stack first" in printed.err
    assert "Traceback" not in printed.err


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (NoCredentialsError(), "No AWS credentials"),
        (ClientError({"Error": {"Code": "ExpiredToken", "Message": "late"}}, "PutObject"), "have expired (PutObject"),
        (ClientError({"Error": {"Code": "UnrecognizedClientException"}}, "DescribePipeline"), "doesn't know these"),
        (
            ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "CreatePipeline"),
            "Denied: CreatePipeline (no)",
        ),
        (ClientError({"Error": {"Code": "Weird", "Message": "what"}}, "AddTags"), "AddTags failed: Weird: what"),
    ],
)
def test_a_failed_call_is_explained(error: Any, expected: str, settings: PipelineEnvironment):
    assert expected in failures.explain(error, settings)


def test_a_caller_that_may_not_look_at_the_role_is_not_stopped_by_it(
    aws: Any, settings: PipelineEnvironment, definition: PipelineDefinition, monkeypatch: pytest.MonkeyPatch
):
    session: Any = boto3.Session

    class Denied:
        def get_role(self, **_arguments: str) -> None:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "GetRole")

    def without_iam(**arguments: str) -> Any:
        aws_session: Any = session(**arguments)
        client = aws_session.client
        aws_session.client = lambda service: Denied() if service == "iam" else client(service)
        return aws_session

    monkeypatch.setattr(boto3, "Session", without_iam)
    assert upsert.upsert(settings, definition)["action"] == "created"
