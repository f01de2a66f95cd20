"""What reasons of explanations claim, computed from the statements that a finding is about."""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Final

from policy.resources import Statement, texts

Claim = Callable[[Statement], bool]
"""Whether something holds for a statement, whose names are in the words of `findings.general`."""

# Operators that refuse a request without the key; those that end with IfExists don't.
_ALWAYS: Final = (
    "ArnEquals",
    "ArnLike",
    "Bool",
    "ForAnyValue:StringEquals",
    "StringEquals",
    "StringEqualsIgnoreCase",
)
_SOURCE: Final = r"arn:aws:[a-z]+:(\{region\})?:\{account\}:.+"


def every(*claims: Claim) -> Claim:
    """Return the claim that all of these hold."""
    return lambda statement: all(claim(statement) for claim in claims)


def either(*claims: Claim) -> Claim:
    """Return the claim that at least one of these holds."""
    return lambda statement: any(claim(statement) for claim in claims)


def only(*actions: str) -> Claim:
    """Return the claim that a statement allows no actions but these, which are patterns in the shell's manner."""
    patterns = [action.lower() for action in actions]
    return lambda statement: all(
        any(fnmatchcase(action.lower(), pattern) for pattern in patterns) for action in statement.actions
    )


def on(*resources: str) -> Claim:
    """Return the claim that each resource of a statement matches one of these regular expressions."""
    return lambda statement: all(
        any(re.fullmatch(pattern, resource) for pattern in resources) for resource in statement.resources
    )


def requires(key: str, value: str, suffix: str = "") -> Claim:
    """Return the claim that a condition asks for a key, with no values but what the regular expression matches.

    With the suffix `IfExists` a request without the key is let in, too.
    """
    operators = {operator + suffix for operator in _ALWAYS}

    def claim(statement: Statement) -> bool:
        values = [
            texts(asked)
            for operator, keys in statement.conditions.items()
            if operator in operators
            for name, asked in keys.items()
            if name.lower() == key.lower()
        ]
        return bool(values) and all(asked and all(re.fullmatch(value, text) for text in asked) for asked in values)

    return claim


def lets_in(kind: str, name: str) -> Claim:
    """Return the claim that all principals are of a kind, with names that the regular expression matches."""

    def claim(statement: Statement) -> bool:
        names = statement.principals.get(kind, ())
        return set(statement.principals) == {kind} and all(re.fullmatch(name, principal) for principal in names)

    return claim


def from_this_account(suffix: str = "") -> Claim:
    """Return the claim that AWS services may come for this account's resources only."""
    return every(
        requires("aws:SourceAccount", r"\{account\}", suffix),
        requires("aws:SourceArn", _SOURCE, suffix),
    )


BY_SERVICES: Final = every(lets_in("Service", r"[a-z]+\.amazonaws\.com"), from_this_account())

THROUGH_A_SERVICE: Final = either(
    requires("kms:GrantIsForAWSResource", "true"), requires("kms:ViaService", r"[a-z0-9]+\.\{region\}\.amazonaws\.com")
)

BY_ALIAS_OF_STATE: Final = requires("kms:ResourceAliases", r"alias/\{prefix\}-state")
BY_TAGS: Final = every(
    *(requires(f"aws:ResourceTag/{tag}", "[^*?]+") for tag in ("project", "environment")),
)
# A key gets its tags when it is created, and has none before.
BY_FIRST_TAGS: Final = every(
    only("kms:CreateKey", "kms:TagResource"),
    *(requires(f"aws:RequestTag/{tag}", "[^*?]+") for tag in ("project", "environment")),
    lambda statement: (
        only("kms:CreateKey")(statement)
        or statement.conditions.get("Null", {}).get("aws:ResourceTag/project") == "true"
    ),
)

_WITHOUT_BOUNDARY: Final = (
    "iam:DeleteRole",
    "iam:TagRole",
    "iam:UntagRole",
    # IAM has no condition key of the boundary for these (Actions, resources, and condition keys for IAM).
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
)
_POLICIES: Final = every(
    only(
        "iam:CreatePolicy",
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "iam:DeletePolicyVersion",
        "iam:SetDefaultPolicyVersion",
        "iam:TagPolicy",
        "iam:UntagPolicy",
    ),
    on(r"arn:aws:iam::\{account\}:policy/\{prefix\}-delivery-\*"),
)
_ROLES: Final = on(r"arn:aws:iam::\{account\}:role/\{prefix\}-[a-z*-]+")
PASSED_TO_ONE_SERVICE: Final = every(
    only("iam:PassRole"),
    on(r"arn:aws:iam::\{account\}:role/\{prefix\}-[a-z-]+"),
    requires("iam:PassedToService", r"[a-z]+\.amazonaws\.com"),
)
WITHIN_BOUNDARY: Final = either(
    every(
        _ROLES,
        only("iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"),
        requires("iam:PermissionsBoundary", r"arn:aws:iam::\{account\}:policy/\{prefix\}-boundary"),
    ),
    every(
        _ROLES,
        only("iam:AttachRolePolicy", "iam:DetachRolePolicy"),
        requires("iam:PermissionsBoundary", r"arn:aws:iam::\{account\}:policy/\{prefix\}-boundary"),
        requires("iam:PolicyARN", r"arn:aws:iam::\{account\}:policy/\{prefix\}-delivery-\*"),
    ),
    every(_ROLES, only(*_WITHOUT_BOUNDARY)),
    PASSED_TO_ONE_SERVICE,
    _POLICIES,
)
"""Roles are changed within the boundary, passed to the service that has them, and get the stack's own policies."""

READS_OBJECTS: Final = only("s3:GetObject", "s3:GetObjectVersion")


def writes_objects(*folders: str) -> Claim:
    """Return the claim that objects are written below folders only: regular expressions of the ends of ARNs."""
    return every(
        only(
            "s3:GetObject",
            "s3:GetObjectVersion",
            "s3:PutObject",
            "s3:AbortMultipartUpload",
            "s3:ListMultipartUploadParts",
        ),
        on(*(rf".*/{folder}" for folder in folders)),
    )
