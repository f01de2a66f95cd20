"""What principals may do: callers by their policies, services by the policies of the resources that they use."""

from collections.abc import Mapping
from typing import Any

from localcloud.emulator import identity, stores
from localcloud.emulator.identity import CredentialsError
from localcloud.http.errors import denied
from localcloud.http.request import Caller
from localcloud.iam.callers import refused_credentials
from localcloud.layout import ACCOUNT

_WRITE_ENCRYPTED = ("kms:GenerateDataKey", "kms:Decrypt")


def authorize(caller: Caller, action: str, resource: str, context: Mapping[str, Any] | None = None) -> None:
    """Check that a caller's policies, boundary and session policies allow one action on one resource.

    Raises:
        AwsError: AccessDeniedException in AWS's words.
    """
    try:
        decision = identity.decide(caller.access_key, action, resource, caller.region, context or {})
    except CredentialsError as error:
        raise refused_credentials(error) from error
    if decision != "Allow":
        raise denied(caller.arn, action, resource, explicit=decision == "Deny")


def authorize_pass_role(caller: Caller, role_arn: str, service: str) -> None:
    """Check that a caller may pass a role to a service (iam:PassRole).

    Raises:
        AwsError: AccessDeniedException.
    """
    authorize(caller, "iam:PassRole", role_arn, {"iam:PassedToService": service})


def service_may(
    service: str, action: str, resource_arn: str, source_arn: str, conditions: Mapping[str, str] | None = None
) -> bool:
    """Return whether a resource's policy lets a service principal act on behalf of a source.

    Args:
        service: the principal, e.g. `events.amazonaws.com`.
        action: e.g. `sqs:SendMessage`.
        resource_arn: the queue, topic, function or key.
        source_arn: the resource that the service acts for, e.g. the rule; aws:SourceArn in the policy's conditions.
        conditions: further condition keys, in lower case.
    """
    region = source_arn.split(":")[3]
    context = {
        "aws:sourcearn": source_arn,
        "aws:sourceaccount": ACCOUNT,
        "aws:sourceowner": ACCOUNT,
        "aws:principalisawsservice": "true",
        **(conditions or {}),
    }
    with identity.scope(region):
        policy = identity.resource_policy(resource_arn)
        return policy is not None and identity.policy_allows_service(
            policy, service, action, resource_arn, region, context
        )


def service_refusal(service: str, action: str, resource_arn: str, source_arn: str) -> str | None:
    """Return why a service may not write to a queue, topic or function on behalf of a source; None where it may.

    Of an encrypted queue or topic the key's policy has to allow it as well (SNS and SQS developer guides, "Enable
    compatibility between event sources from AWS services and encrypted topics/queues").
    """
    if not service_may(service, action, resource_arn, source_arn):
        return f"{service} is not authorized to perform: {action} on resource: {resource_arn} for {source_arn}"
    key_arn = encryption_key(resource_arn)
    if key_arn and not all(service_may(service, needed, key_arn, source_arn) for needed in _WRITE_ENCRYPTED):
        return f"{service} is not authorized to use the key {key_arn}, which encrypts {resource_arn}, for {source_arn}"
    if key_arn and not is_usable(key_arn):
        return f"the key {key_arn}, which encrypts {resource_arn}, is disabled"
    return None


def is_usable(key_arn: str) -> bool:
    """Return whether a key encrypts and decrypts: one that is disabled or about to be deleted does not."""
    with identity.scope(key_arn.split(":")[3]):
        key = stores.key(key_arn)
    return key is None or key.state == "Enabled"


def encryption_key(arn: str) -> str | None:
    """Return the ARN of the KMS key that encrypts a queue or a topic; None without encryption by a key."""
    key_id = stores.encryption_key_of_queue(arn) or stores.encryption_key_of_topic(arn)
    return key_arn(key_id, arn.split(":")[3]) if key_id else None


def key_arn(key_id: str, region: str) -> str:
    """Return the ARN of a key from its id, ARN or alias."""
    with identity.scope(region):
        key = stores.key(key_id)
    # An AWS-managed key (alias/aws/sns) has no record: its ARN, for which no service is ever allowed, as on AWS.
    return key.arn if key else f"arn:aws:kms:{region}:{ACCOUNT}:{key_id}"
