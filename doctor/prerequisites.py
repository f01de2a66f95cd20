"""What a person has to do outside of the stack: repository, QuickSight, chat, mail, Lake Formation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from botocore.exceptions import ClientError

from contract.arns import Arn
from contract.aws_errors import code_of
from doctor.examination import Examination, Finding, lacking, ok, warning

_CHAT_ROLE: Final = "AWSServiceRoleForAWSChatbot"
_LONGEST_LIST: Final = 5
TOPIC: Final = "notifications"
"""The short name of the topic that people subscribe."""


def source(examination: Examination) -> Iterator[Finding]:
    """Look for the repository that is delivered, and its branch, or for the connection to it."""
    settings = examination.target.settings.delivery.source
    if settings.connection_arn is not None:
        yield _connection(examination, settings.connection_arn)
        return
    subject, codecommit = f"CodeCommit repository {settings.repository}", examination.clients("codecommit")
    try:
        codecommit.get_repository(repositoryName=settings.repository)
        codecommit.get_branch(repositoryName=settings.repository, branchName=settings.branch)
    except ClientError as error:
        if code_of(error) == "RepositoryDoesNotExistException":
            # It took no new accounts from July 2024 to November 2025 ("The Future of AWS CodeCommit", AWS DevOps Blog).
            remedy = (
                f"aws codecommit create-repository --repository-name {settings.repository}; an account that may not"
                " is one of those that CodeCommit took in no more: ask AWS, or deliver from GitHub"
            )
            yield warning(subject, "does not exist: deliveries fail in Source", remedy)
        elif code_of(error) == "BranchDoesNotExistException":
            text = f"has no branch {settings.branch}: deliveries fail in Source"
            yield warning(subject, text, f"git push to its branch {settings.branch}")
        else:
            raise
    else:
        yield ok(subject, f"has branch {settings.branch}")


def _connection(examination: Examination, arn: str) -> Finding:
    subject, service = f"connection {arn.rpartition('/')[2]}", Arn.parse(arn).service
    try:
        status = examination.clients(service).get_connection(ConnectionArn=arn)["Connection"]["ConnectionStatus"]
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        return lacking(subject, "does not exist", "create it in the console (Developer Tools, Settings, Connections)")
    if status == "AVAILABLE":
        return ok(subject, status)
    remedy = "complete it in the console: Developer Tools, Settings, Connections, Update pending connection"
    return warning(subject, f"{status}: deliveries fail in Source", remedy)


def quicksight(examination: Examination) -> Iterator[Finding]:
    """Look for the QuickSight subscription and for each principal, in the region that manages them."""
    principals = examination.target.settings.kpis.quick_sight.principals
    if not principals:
        return
    arns = [Arn.parse(arn) for arn in principals.values()]
    account, identity_region = examination.target.deployment.account_id, arns[0].region
    client = examination.clients("quicksight", identity_region)
    try:
        subscription = client.describe_account_subscription(AwsAccountId=account)["AccountInfo"]
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        remedy = "sign up once in the console of QuickSight, Enterprise edition, or configure no principals"
        yield lacking("QuickSight subscription", f"account {account} has none", remedy)
        return
    yield _subscription(subscription)
    for arn in arns:
        yield _principal(client, arn)


def _subscription(subscription: dict[str, Any]) -> Finding:
    subject = "QuickSight subscription"
    edition, status = subscription.get("Edition", ""), subscription.get("AccountSubscriptionStatus", "")
    if status != "ACCOUNT_CREATED":
        return lacking(subject, f"is in status {status}", "sign up again in the console of QuickSight")
    if edition == "STANDARD":
        remedy = "upgrade it in the console of QuickSight: roles of data sources and hourly refreshes need Enterprise"
        return lacking(subject, "is of the Standard edition", remedy)
    return ok(subject, f"{edition}, {status}")


def _principal(client: Any, arn: Arn) -> Finding:
    kind, namespace, name = arn.resource.split("/", 2)
    place = {"AwsAccountId": arn.account_id, "Namespace": namespace}
    subject = f"QuickSight {kind} {name}"
    try:
        if kind == "user":
            client.describe_user(UserName=name, **place)
        else:
            client.describe_group(GroupName=name, **place)
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        listing = f"aws quicksight list-{kind}s --aws-account-id {arn.account_id} --namespace {namespace}"
        remedy = f"invite or create it, or correct its ARN in the stack file: {listing} --region {arn.region}"
        return lacking(subject, f"does not exist in namespace {namespace}, {arn.region}", remedy)
    return ok(subject, f"exists in namespace {namespace}, {arn.region}")


def chat(examination: Examination) -> Iterator[Finding]:
    """Look for AWS Chatbot's service-linked role, which the first channel of an account needs."""
    notifications = examination.target.settings.notifications
    if not notifications.slack_channels and not notifications.teams_channels:
        return
    subject = f"service-linked role {_CHAT_ROLE}"
    try:
        examination.clients("iam").get_role(RoleName=_CHAT_ROLE)
    except ClientError as error:
        if code_of(error) != "NoSuchEntity":
            raise
        remedy = "aws iam create-service-linked-role --aws-service-name management.chatbot.amazonaws.com"
        yield lacking(subject, "does not exist; the stack's roles may not create it", remedy)
    else:
        yield ok(subject, "exists")


def mail(examination: Examination) -> Iterator[Finding]:
    """Look for e-mail subscriptions that nobody has confirmed, where there is a topic already."""
    emails = examination.target.settings.notifications.emails
    if not emails:
        return
    deployment = examination.target.deployment
    topic = deployment.arn("sns", deployment.name(TOPIC, 256))
    pages = examination.clients("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    try:
        subscriptions = [item for page in pages for item in page["Subscriptions"] if item["Protocol"] == "email"]
    except ClientError as error:
        if code_of(error) not in {"NotFound", "NotFoundException"}:
            raise
        yield ok("e-mail subscriptions", f"{len(emails)} will be asked to confirm after the first up")
        return
    pending = [item["Endpoint"] for item in subscriptions if item["SubscriptionArn"] == "PendingConfirmation"]
    if pending:
        names = ", ".join(pending[:_LONGEST_LIST]) + (" ..." if len(pending) > _LONGEST_LIST else "")
        again = f"make up STACK={deployment.environment} ARGS=--refresh"
        remedy = f"follow the link in AWS's mail; where it has expired, {again} sends another one"
        yield warning("e-mail subscriptions", f"not confirmed: {names}", remedy)
    else:
        yield ok("e-mail subscriptions", f"{len(subscriptions)} confirmed")


def lake_formation(examination: Examination) -> Iterator[Finding]:
    """Look for the caller and the deploy role among the data lake administrators: only those may grant."""
    target = examination.target
    if not target.settings.kpis.lake_formation.enabled:
        return
    settings = examination.clients("lakeformation").get_data_lake_settings()["DataLakeSettings"]
    administrators = {entry["DataLakePrincipalIdentifier"] for entry in settings.get("DataLakeAdmins", [])}
    remedy = "add it in the console of Lake Formation: Administrative roles and tasks, Data lake administrators"
    caller = examination.caller
    if _is_among(caller, administrators):
        yield ok("data lake administrator", f"{caller} is one")
    else:
        yield lacking("data lake administrator", f"{caller} is none and may grant nothing", remedy)
    deploy = target.deployment.role_arn("deploy")
    if deploy in administrators:
        yield ok("data lake administrator", f"{deploy} is one")
    else:
        text = f"{deploy} is none: deliveries that change a grant fail"
        yield warning("data lake administrator", text, f"{remedy}, after the first up")


def _is_among(caller: str, administrators: set[str]) -> bool:
    """Return whether the caller, a user or the session of a role, is an administrator; a role's ARN may have a path."""
    arn = Arn.parse(caller)
    if not arn.resource.startswith("assumed-role/"):
        return caller in administrators
    role = arn.resource.split("/")[1]
    roles = (Arn.parse(administrator) for administrator in administrators if ":role/" in administrator)
    return any(a.account_id == arn.account_id and a.resource.rpartition("/")[2] == role for a in roles)
