"""IAM policy documents and their statements as plain data."""

import json
from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypedDict

Conditions = Mapping[str, Mapping[str, str | Sequence[str]]]
"""Condition operators to condition keys to values, such as `{"StringEquals": {"iam:PassedToService": "..."}}`."""

MAX_MANAGED_POLICY: Final = 6_144
"""The most characters of a managed policy, white space not counted ("IAM and AWS STS quotas")."""

KEY_ACCOUNT_ACTIONS: Final = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
"""What a key policy grants to its account: kms:* of AWS's default key policy, spelled out.

IAM policies then decide who may do it.
"""


class Statement(TypedDict, total=False):
    """One statement of an identity-based policy or a permissions boundary."""

    Sid: str
    Effect: Literal["Allow", "Deny"]
    Action: Sequence[str]
    NotAction: Sequence[str]
    Resource: Sequence[str]
    NotResource: Sequence[str]
    Condition: Conditions


class Document(TypedDict):
    """A policy document, ready for `json.dumps`."""

    Version: str
    Statement: list[Statement]


def allow(
    sid: str, actions: Sequence[str], resources: Sequence[str], conditions: Conditions | None = None
) -> Statement:
    """Return a statement that allows actions on resources."""
    statement = Statement(Sid=sid, Effect="Allow", Action=sorted(actions), Resource=list(resources))
    if conditions:
        statement["Condition"] = conditions
    return statement


def document(statements: Sequence[Statement]) -> Document:
    """Return the policy document of these statements."""
    return Document(Version="2012-10-17", Statement=list(statements))


def size(statements: Sequence[Statement]) -> int:
    """Return the characters of the document of these statements, as IAM counts them."""
    return len(json.dumps(document(statements), separators=(",", ":")))
