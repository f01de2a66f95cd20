"""What a service may do by the policy of the resource that it calls (no IAM identity is involved)."""

from localcloud.emulator import identity
from localcloud.layout import ACCOUNT


def service_may(service: str, action: str, resource_arn: str, source_arn: str) -> bool:
    """Whether a resource's policy lets a service principal act on behalf of a source.

    Args:
        service: the principal, e.g. `events.amazonaws.com`.
        action: e.g. `sqs:SendMessage`.
        resource_arn: the queue, topic, function or key.
        source_arn: the resource that the service acts for, e.g. the rule; aws:SourceArn in the policy's conditions.
    """
    region = source_arn.split(":")[3]
    with identity.scope(region):
        policy = identity.resource_policy(resource_arn)
        if policy is None:
            return False
        return identity.policy_allows_service(policy, service, action, resource_arn, region, _source(source_arn))


def service_may_use_key(service: str, key_arn: str, source_arn: str) -> bool:
    """Whether a key's policy lets a service write to a resource that the key encrypts.

    Source: SNS and SQS developer guides, "Enable compatibility between event sources from AWS services and encrypted
    topics/queues": kms:GenerateDataKey* and kms:Decrypt.
    """
    needed = ("kms:GenerateDataKey", "kms:Decrypt")
    return all(service_may(service, action, key_arn, source_arn) for action in needed)


def _source(source_arn: str) -> dict[str, str]:
    return {
        "aws:sourcearn": source_arn,
        "aws:sourceaccount": ACCOUNT,
        "aws:sourceowner": ACCOUNT,
        "aws:principalisawsservice": "true",
    }
