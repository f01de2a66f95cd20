"""What the adapter reads from the emulator, against resources that are made through AWS's APIs.

The table of names doesn't say what a store's records hold; this does.
"""
# pyright: reportPrivateUsage=false

import base64
import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ministack.core import lambda_runtime
from ministack.services import cloudwatch, iam, lambda_svc, sns

from localcloud.emulator import catalog, functions, identity, monitoring, stores
from localcloud.emulator.monitoring import Alarm
from localcloud.emulator.stores import EmailDelivery
from localcloud.http.errors import AwsError
from localcloud.layout import ACCOUNT, DEFAULT_REGION

Client = Callable[[str], Any]
HERE = f"{DEFAULT_REGION}:{ACCOUNT}"


@pytest.fixture(autouse=True)
def _scope() -> Iterator[None]:
    with identity.scope(DEFAULT_REGION):
        yield


def test_a_key_has_its_aliases_and_tags(client: Client) -> None:
    kms = client("kms")
    created = kms.create_key(Tags=[{"TagKey": "team", "TagValue": "data"}])["KeyMetadata"]
    kms.create_alias(AliasName="alias/records", TargetKeyId=created["KeyId"])
    key = stores.key("alias/records")
    assert key == stores.Key(arn=created["Arn"], aliases=("alias/records",), tags={"team": "data"}, state="Enabled")
    assert stores.key(created["Arn"]) == stores.key(created["KeyId"]) == key
    assert stores.key("alias/other") is None


def test_a_ciphertext_names_its_key(client: Client) -> None:
    kms = client("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    ciphertext = kms.encrypt(KeyId=key_id, Plaintext=b"text")["CiphertextBlob"]
    assert stores.key_id_of(base64.b64encode(ciphertext).decode()) == key_id


def test_topics_and_queues_name_the_key_that_encrypts_them(client: Client) -> None:
    encrypted = {"KmsMasterKeyId": "alias/records"}
    topic = client("sns").create_topic(Name="encrypted", Attributes=encrypted)["TopicArn"]
    client("sqs").create_queue(QueueName="encrypted", Attributes=encrypted)
    client("sqs").create_queue(QueueName="plain")
    assert stores.encryption_key_of_topic(topic) == "alias/records"
    assert stores.encryption_key_of_queue(f"arn:aws:sqs:{HERE}:encrypted") == "alias/records"
    for other in (topic, f"arn:aws:sqs:{HERE}:plain", f"arn:aws:sqs:{HERE}:missing", "no ARN"):
        assert stores.encryption_key_of_queue(other) is None
    assert stores.encryption_key_of_topic(f"arn:aws:sqs:{HERE}:encrypted") is None


def test_the_messages_of_a_queue_know_when_they_were_sent_and_when_they_are_visible(client: Client) -> None:
    sqs = client("sqs")
    url = sqs.create_queue(QueueName="waiting")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hidden")
    assert sqs.receive_message(QueueUrl=url, VisibilityTimeout=60)["Messages"]
    sqs.send_message(QueueUrl=url, MessageBody="visible")
    hidden, visible = stores.queued_messages()["waiting"]
    now = time.time()
    assert now - 60 < hidden.sent <= visible.sent <= now
    assert visible.visible <= now < hidden.visible


def test_an_email_is_delivered_to_whom_the_filter_policy_lets(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    deliveries: list[EmailDelivery] = []
    monkeypatch.setattr(sns, "_fanout", sns._fanout)
    stores.deliver_emails_to(deliveries.append)
    topics = client("sns")
    topic = topics.create_topic(Name="mails")["TopicArn"]
    for address, kind in (("first@example.com", "good"), ("second@example.com", "bad")):
        policy = {"FilterPolicy": json.dumps({"kind": [kind]})}
        topics.subscribe(TopicArn=topic, Protocol="email", Endpoint=address, Attributes=policy)
    attributes = {"kind": {"DataType": "String", "StringValue": "good"}}
    answer = topics.publish(TopicArn=topic, Subject="subject", Message="text", MessageAttributes=attributes)
    (delivery,) = deliveries
    assert delivery.subscription_arn.startswith(topic)
    assert (delivery.address, delivery.subject, delivery.text) == ("first@example.com", "subject", "text")
    assert (delivery.topic_arn, delivery.protocol, delivery.message_id) == (topic, "email", answer["MessageId"])
    assert delivery.attributes["kind"]["StringValue"] == "good"


def test_objects_keep_the_headers_of_their_encryption(client: Client) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="records")
    s3.put_object(Bucket="records", Key="a/plain", Body=b"x")
    encryption = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "key"}
    s3.put_object(Bucket="records", Key="a/encrypted", Body=b"x", **encryption)
    header = "x-amz-server-side-encryption-aws-kms-key-id"
    assert stores.object_headers("records", "a/plain") is not None
    assert (stores.object_headers("records", "a/encrypted") or {})[header] == "key"
    assert stores.object_headers("records", "a") is None
    assert stores.object_headers("missing", "a") is None
    assert (stores.bucket_exists("records"), stores.bucket_exists("missing")) == (True, False)

    assert stores.default_encryption_headers("records") == {}
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "default"}}
    s3.put_bucket_encryption(Bucket="records", ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert stores.default_encryption_headers("records")[header] == "default"


def test_a_role_has_its_trust_policy_and_boundary(client: Client) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}
    source = {"ArnLike": {"aws:SourceArn": "arn:aws:glue:*"}}
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
    created = client("iam").create_role(
        RoleName="records",
        AssumeRolePolicyDocument=json.dumps({"Statement": [{**trust, "Condition": source}]}),
        PermissionsBoundary=boundary,
    )["Role"]
    role = identity.role("records")
    assert role
    assert (role.arn, role.role_id, role.boundary) == (created["Arn"], created["RoleId"], boundary)
    assert identity.role("missing") is None

    def trusts(service: str, source_arn: str) -> bool:
        context = {"aws:sourcearn": source_arn}
        return identity.policy_allows_service(
            role.trust_policy, service, "sts:AssumeRole", role.arn, DEFAULT_REGION, context
        )

    assert trusts("glue.amazonaws.com", "arn:aws:glue:crawler")
    assert not trusts("glue.amazonaws.com", "arn:aws:sagemaker:pipeline")
    assert not trusts("sagemaker.amazonaws.com", "arn:aws:glue:crawler")


def test_a_user_has_an_arn(client: Client) -> None:
    client("iam").create_user(UserName="ann", Path="/team/")
    assert identity.user_arn("ann") == f"arn:aws:iam::{ACCOUNT}:user/team/ann"
    assert identity.user_arn("bob") is None


def test_credentials_are_those_of_a_user_or_of_a_registered_session(client: Client) -> None:
    client("iam").create_user(UserName="cleo")
    key = client("iam").create_access_key(UserName="cleo")["AccessKey"]
    credentials = identity.credentials(key["AccessKeyId"])
    assert credentials.secret_access_key == key["SecretAccessKey"]
    assert (credentials.session_token, credentials.principal_arn) == (None, f"arn:aws:iam::{ACCOUNT}:user/cleo")

    session = identity.Credentials(
        access_key_id="ASIARECORDS",
        secret_access_key="secret",
        session_token="token",
        principal_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/records/session",
        principal_id="AROA:session",
    )
    identity.register_session(session, 60)
    assert identity.credentials("ASIARECORDS") == session
    with pytest.raises(identity.CredentialsError) as caught:
        identity.credentials("AKIAMISSING")
    assert caught.value.code == "UnrecognizedClientException"


def test_a_decision_comes_from_the_users_policies(client: Client) -> None:
    users = client("iam")
    users.create_user(UserName="dora")
    key = users.create_access_key(UserName="dora")["AccessKey"]["AccessKeyId"]
    statements = [
        {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "sqs:DeleteQueue", "Resource": "*"},
    ]
    users.put_user_policy(UserName="dora", PolicyName="p", PolicyDocument=json.dumps({"Statement": statements}))
    actions = ("sqs:SendMessage", "sqs:DeleteQueue", "sns:Publish")
    decisions = [identity.decide(key, action, "*", DEFAULT_REGION, {}) for action in actions]
    assert decisions == ["Allow", "Deny", "ImplicitDeny"]
    with pytest.raises(identity.CredentialsError):
        identity.decide("AKIAMISSING", "sqs:SendMessage", "*", DEFAULT_REGION, {})


def test_a_queue_has_a_policy(client: Client) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:*"}]}
    client("sqs").create_queue(QueueName="with-a-policy", Attributes={"Policy": json.dumps(policy)})
    document = identity.resource_policy(f"arn:aws:sqs:{HERE}:with-a-policy")
    assert (json.loads(document) if isinstance(document, str) else document) == policy


def test_an_operation_on_an_identity_provider_can_be_added(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iam, "_IAM_HANDLERS", dict(iam._IAM_HANDLERS))
    providers = client("iam")
    arn = providers.create_open_id_connect_provider(Url="https://example.com", ClientIDList=["a"])[
        "OpenIDConnectProviderArn"
    ]

    def add(provider: identity.OpenIdProvider, parameters: Any) -> str:
        provider["ClientIDList"] = [*provider["ClientIDList"], parameters["ClientID"]]
        return ""

    operation = "AddClientIDToOpenIDConnectProvider"
    iam._IAM_HANDLERS.pop(operation, None)
    identity.serve_openid_operation(operation, add)
    providers.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="b")
    described = providers.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert described["ClientIDList"] == ["a", "b"]
    with pytest.raises(providers.exceptions.NoSuchEntityException):
        providers.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=f"{arn}2", ClientID="b")


def test_the_catalog_performs_operations_and_hands_out_its_records() -> None:
    catalog.perform("CreateDatabase", {"DatabaseInput": {"Name": "db"}})
    table = {"Name": "t", "PartitionKeys": [{"Name": "dt", "Type": "string"}]}
    catalog.perform("CreateTable", {"DatabaseName": "db", "TableInput": table})
    partition = {"Values": ["2026-01-01"]}
    catalog.perform("CreatePartition", {"DatabaseName": "db", "TableName": "t", "PartitionInput": partition})
    assert (catalog.database("db") or {})["Name"] == "db"
    assert (catalog.table("db", "t") or {}).get("PartitionKeys") == table["PartitionKeys"]
    assert [record.get("Values") for record in catalog.partitions("db", "t")] == [["2026-01-01"]]
    assert (catalog.database("other"), catalog.table("db", "other"), catalog.partitions("db", "other")) == (
        None,
        None,
        [],
    )
    catalog.update_database("db", {"Description": "d"})
    catalog.update_table("db", "t", {"Owner": "o"})
    assert catalog.perform("GetDatabase", {"Name": "db"})["Database"]["Description"] == "d"
    assert catalog.perform("GetTable", {"DatabaseName": "db", "Name": "t"})["Table"]["Owner"] == "o"
    catalog.set_partitions("db", "t", [])
    assert catalog.perform("GetPartitions", {"DatabaseName": "db", "TableName": "t"})["Partitions"] == []
    with pytest.raises(AwsError) as caught:
        catalog.perform("GetDatabase", {"Name": "other"})
    assert caught.value.code == "EntityNotFoundException"


def test_the_catalog_keeps_classifiers_security_configurations_and_tags() -> None:
    catalog.perform("CreateClassifier", {"CsvClassifier": {"Name": "csv", "Delimiter": ";"}})
    encryption = {"S3Encryption": [{"S3EncryptionMode": "DISABLED"}]}
    catalog.perform("CreateSecurityConfiguration", {"Name": "plain", "EncryptionConfiguration": encryption})
    assert (catalog.classifier("csv") or {}).get("CsvClassifier", {}).get("Delimiter") == ";"
    assert (catalog.security_configuration("plain") or {}).get("EncryptionConfiguration") == encryption
    catalog.update_classifier("csv", "CsvClassifier", {"Delimiter": "|"})
    assert catalog.perform("GetClassifier", {"Name": "csv"})["Classifier"]["CsvClassifier"]["Delimiter"] == "|"
    assert (catalog.classifier("other"), catalog.security_configuration("other")) == (None, None)
    arn = f"arn:aws:glue:{HERE}:crawler/c"
    catalog.set_tags(arn, {"a": "b"})
    assert catalog.perform("GetTags", {"ResourceArn": arn})["Tags"] == catalog.tags(arn) == {"a": "b"}
    catalog.set_tags(arn, {})
    assert catalog.tags(arn) == {}


ALARM = {
    "AlarmName": "deep",
    "Namespace": "AWS/SQS",
    "MetricName": "Depth",
    "Dimensions": [{"Name": "QueueName", "Value": "q"}],
    "Statistic": "Maximum",
    "Period": 60,
    "EvaluationPeriods": 3,
    "Threshold": 2.0,
    "ComparisonOperator": "GreaterThanThreshold",
    "AlarmActions": ["arn:topic"],
}


def test_an_alarm_has_its_settings_and_its_actions_by_state(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    changes: list[tuple[Alarm, str, str, str]] = []
    for name in ("_dispatch_alarm_actions", "_evaluate_alarm"):
        monkeypatch.setattr(cloudwatch, name, getattr(cloudwatch, name))
    monitoring.stop_evaluation()
    monitoring.replace_alarm_actions(lambda *change: changes.append(change))
    client("cloudwatch").put_metric_alarm(**ALARM)
    (alarm,) = [alarm for alarm in monitoring.alarms() if alarm.name == "deep"]
    assert alarm == Alarm(
        name="deep",
        arn=f"arn:aws:cloudwatch:{HERE}:alarm:deep",
        description=alarm.description,
        state="INSUFFICIENT_DATA",
        namespace="AWS/SQS",
        metric_name="Depth",
        dimensions={"QueueName": "q"},
        statistic="Maximum",
        unit=None,
        period=60,
        evaluation_periods=3,
        datapoints_to_alarm=3,
        comparison="GreaterThanThreshold",
        threshold=2.0,
        missing_data="missing",
        actions_enabled=True,
        actions={"ALARM": ("arn:topic",), "OK": (), "INSUFFICIENT_DATA": ()},
    )
    client("cloudwatch").set_alarm_state(AlarmName="deep", StateValue="ALARM", StateReason="tried")
    ((changed, before, after, reason),) = changes
    assert (changed.name, before, after, reason) == ("deep", "INSUFFICIENT_DATA", "ALARM", "tried")


def test_an_entry_of_an_alarms_history_is_listed(client: Client) -> None:
    entry: monitoring.AlarmHistoryItem = {
        "AlarmName": "noted",
        "AlarmType": "MetricAlarm",
        "Timestamp": "2026-01-01T00:00:00Z",
        "HistoryItemType": "Action",
        "HistorySummary": "done",
        "HistoryData": "{}",
    }
    monitoring.add_alarm_history(entry)
    history = client("cloudwatch").describe_alarm_history(AlarmName="noted")["AlarmHistoryItems"]
    assert [item["HistorySummary"] for item in history] == ["done"]


def test_a_metric_has_data_points_of_its_dimensions_alone() -> None:
    for queue, value in (("q", 1), ("q", 5), ("other", 9)):
        monitoring.record_metric("Records", "Depth", value, {"QueueName": queue})
    points = monitoring.data_points("Records", "Depth", {"QueueName": "q"})
    assert [point.unit for point in points] == ["Count", "Count"]
    assert all(time.time() - 60 < point.time <= time.time() + 1 for point in points)
    assert [monitoring.statistic(points, name) for name in ("Sum", "Average", "Maximum")] == [6, 3, 5]
    assert monitoring.statistic([], "Sum") is None
    assert monitoring.data_points("Records", "Depth", {}) == []


def test_a_function_knows_where_its_failures_go(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("handler.py", "def handler(event, context): return event")
    service, role = client("lambda"), f"arn:aws:iam::{ACCOUNT}:role/records"
    arn = service.create_function(
        FunctionName="f",
        Runtime="python3.13",
        Role=role,
        Handler="handler.handler",
        Code={"ZipFile": archive.getvalue()},
    )["FunctionArn"]
    function = functions.function("f")
    assert (function.arn, function.retry_attempts, function.failure_destination) == (arn, 2, None)
    queue = f"arn:aws:sqs:{HERE}:failures"
    destination = {"OnFailure": {"Destination": queue}}
    service.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=1, DestinationConfig=destination)
    function = functions.function("f")
    assert (function.retry_attempts, function.failure_destination) == (1, queue)
    assert set(functions.execution_credentials(function)) == {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    }
    with pytest.raises(KeyError):
        functions.function("missing")

    monkeypatch.setattr(lambda_svc, "_route_async_failure", lambda_svc._route_async_failure)
    functions.route_failures(failed := lambda *_call: None)
    assert lambda_svc._route_async_failure is failed


def test_python_functions_are_run_by_a_launcher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lambda_runtime, "_detect_runtime_binary", lambda_runtime._detect_runtime_binary)
    functions.run_python_with(tmp_path / "python")
    binary, script = lambda_runtime._detect_runtime_binary("python3.13")
    assert binary == str(tmp_path / "python")
    assert "handler" in script
    assert lambda_runtime._detect_runtime_binary("nodejs22.x")[0] != binary
