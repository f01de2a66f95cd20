"""Who QuickSight knows: the account's subscription, its users and its groups, and the operations on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from localcloud.http.service import Answer, Call, operation
from localcloud.layout import ACCOUNT
from localcloud.services.quicksight import errors

if TYPE_CHECKING:
    from mypy_boto3_quicksight.literals import EditionType, IdentityTypeType, UserRoleType
    from mypy_boto3_quicksight.type_defs import AccountInfoTypeDef, GroupTypeDef, UserTypeDef

_NAMESPACE: Final = "default"


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """The account's subscription."""

    account_name: str
    edition: EditionType
    email: str
    authentication: str

    def describe(self) -> AccountInfoTypeDef:
        """Return the subscription as DescribeAccountSubscription answers it."""
        return {
            "AccountName": self.account_name,
            "Edition": self.edition,
            "NotificationEmail": self.email,
            "AuthenticationType": self.authentication,
            "AccountSubscriptionStatus": "ACCOUNT_CREATED",
        }


def principal_arn(region: str, kind: Literal["user", "group"], name: str) -> str:
    """Return the ARN of a user or a group in the default namespace."""
    return f"arn:aws:quicksight:{region}:{ACCOUNT}:{kind}/{_NAMESPACE}/{name}"


class PeopleOperations:
    """Operations on the subscription, and on users and groups of the default namespace.

    They are kept by their ARN, in whatever region is asked; on AWS one region manages them. There is nobody without a
    subscription.
    """

    def __init__(self) -> None:
        self._subscription: Subscription | None = None
        self._users: dict[str, UserTypeDef] = {}
        self._groups: dict[str, GroupTypeDef] = {}

    @operation
    def create_account_subscription(
        self,
        _call: Call,
        *,
        account_name: str,
        authentication_method: str,
        notification_email: str,
        edition: EditionType = "ENTERPRISE",
    ) -> Answer:
        """Subscribe the account."""
        if self._subscription is not None:
            raise errors.existing(f"Account {ACCOUNT}")
        self._subscription = Subscription(
            account_name=account_name,
            edition=edition,
            email=notification_email,
            authentication=authentication_method,
        )
        return {"SignupResponse": {"accountName": account_name}}

    @operation
    def describe_account_subscription(self, _call: Call) -> Answer:
        """Return the subscription."""
        return {"AccountInfo": self._required_subscription().describe()}

    @operation
    def delete_account_subscription(self, _call: Call) -> Answer:
        """End the subscription, and with it everybody in it."""
        self._required_subscription()
        self._subscription = None
        self._users.clear()
        self._groups.clear()
        return {}

    @operation
    def register_user(
        self,
        call: Call,
        *,
        namespace: str,
        identity_type: IdentityTypeType,
        email: str,
        user_role: UserRoleType,
        user_name: str | None = None,
    ) -> Answer:
        """Register a user."""
        self._check(namespace)
        name = user_name or email
        arn = principal_arn(call.caller.region, "user", name)
        if arn in self._users:
            raise errors.existing(f"User {name}")
        self._users[arn] = {
            "Arn": arn,
            "UserName": name,
            "Email": email,
            "Role": user_role,
            "IdentityType": identity_type,
            "Active": True,
            "PrincipalId": f"federated/iam/{name}",
        }
        return {"User": self._users[arn]}

    @operation
    def describe_user(self, call: Call, *, namespace: str, user_name: str) -> Answer:
        """Return a user."""
        self._check(namespace)
        arn = principal_arn(call.caller.region, "user", user_name)
        return {"User": _existing(self._users, arn, f"User {user_name}")}

    @operation
    def delete_user(self, call: Call, *, namespace: str, user_name: str) -> Answer:
        """Delete a user."""
        self._check(namespace)
        arn = principal_arn(call.caller.region, "user", user_name)
        _existing(self._users, arn, f"User {user_name}")
        del self._users[arn]
        return {}

    @operation
    def create_group(self, call: Call, *, namespace: str, group_name: str, description: str = "") -> Answer:
        """Create a group."""
        self._check(namespace)
        arn = principal_arn(call.caller.region, "group", group_name)
        if arn in self._groups:
            raise errors.existing(f"Group {group_name}")
        self._groups[arn] = {
            "Arn": arn,
            "GroupName": group_name,
            "Description": description,
            "PrincipalId": f"group/{group_name}",
        }
        return {"Group": self._groups[arn]}

    @operation
    def describe_group(self, call: Call, *, namespace: str, group_name: str) -> Answer:
        """Return a group."""
        self._check(namespace)
        arn = principal_arn(call.caller.region, "group", group_name)
        return {"Group": _existing(self._groups, arn, f"Group {group_name}")}

    @operation
    def delete_group(self, call: Call, *, namespace: str, group_name: str) -> Answer:
        """Delete a group."""
        self._check(namespace)
        arn = principal_arn(call.caller.region, "group", group_name)
        _existing(self._groups, arn, f"Group {group_name}")
        del self._groups[arn]
        return {}

    def _required_subscription(self) -> Subscription:
        if self._subscription is None:
            raise errors.missing(f"Account {ACCOUNT}")
        return self._subscription

    def _check(self, namespace: str) -> None:
        self._required_subscription()
        if namespace != _NAMESPACE:
            raise errors.missing(f"Namespace {namespace}")


def _existing(
    by_arn: Mapping[str, UserTypeDef] | Mapping[str, GroupTypeDef], arn: str, thing: str
) -> Mapping[str, object]:
    if arn not in by_arn:
        raise errors.missing(thing)
    return by_arn[arn]
