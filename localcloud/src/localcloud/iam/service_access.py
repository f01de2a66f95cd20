"""What a service may do by the policy of the resource that it calls (no IAM identity is involved)."""

from ministack.core import iam_evaluator, responses
from ministack.core.arn import parse_arn

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
    with responses.request_scope(ACCOUNT, region):
        found = iam_evaluator._resource_policy(parse_arn(resource_arn).service, resource_arn)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        if found is None:
            return False
        request = iam_evaluator.EvalContext(
            # No ARN of ours: only `*` or the service itself in a statement's Principal means the service.
            principal_arn="*",
            principal_type="Service",
            principal_account="",
            action=action,
            resource_arn=resource_arn,
            region=region,
            secure_transport=True,
            service_context=_source(source_arn),
        )
        return iam_evaluator.evaluate_resource_policy(found[0], request, service=service).decision == "Allow"


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
