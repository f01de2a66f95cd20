"""The rules of the pack, by the names that `mlops-infra:policies.disabled` of a stack file uses."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from policy import conventions, data, identity
from policy.resources import Resource, Stack
from settings.policies import RuleName


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule: `check` yields what is wrong with a resource, with what to do.

    `whole_stack` tells rules that look at other resources as well; they run when all are registered.
    """

    name: RuleName
    description: str
    check: Callable[[Resource, Stack], Iterator[str]]
    whole_stack: bool = False


RULES: Final[Sequence[Rule]] = (
    Rule(
        name="no-broad-managed-policies",
        description="AWS's managed policies `*FullAccess`, `AdministratorAccess`, `PowerUserAccess` are not attached.",
        check=identity.broad_managed_policies,
    ),
    Rule(
        name="no-action-wildcards",
        description="The policies of roles name their actions: no `*` in an action, no `NotAction`.",
        check=identity.action_wildcards,
    ),
    Rule(
        name="resource-wildcards-have-reasons",
        description="Resource `*` only for the actions listed in `policy/identity.py`, each with its reason.",
        check=identity.resource_wildcards,
    ),
    Rule(
        name="service-trust-has-conditions",
        description="A service may assume a role, or use a key, bucket, topic, queue or function, only under a"
        " condition on where the request comes from. Excepted are roles of Lambda, Lake Formation and QuickSight, which"
        " document none: `iam:PassRole` decides who hands them over.",
        check=identity.service_trust,
    ),
    Rule(
        name="customer-key-encryption",
        description="Buckets, topics, queues, tables, logs, builds, pipeline artifacts, query results and"
        " variables of functions are encrypted with a customer key; buckets of access logs can't be.",
        check=data.customer_keys,
        whole_stack=True,
    ),
    Rule(
        name="log-retention",
        description="Log groups keep their logs for a set time.",
        check=data.log_retention,
    ),
    Rule(
        name="access-logs",
        description="Buckets log the requests to them, unless they keep such logs.",
        check=data.access_logs,
        whole_stack=True,
    ),
    Rule(
        name="tls-only",
        description="Buckets, topics and queues have a policy that refuses plain HTTP.",
        check=data.tls_only,
        whole_stack=True,
    ),
    Rule(
        name="no-public-access",
        description="Buckets block public access, and no policy, permission or function URL is for everybody.",
        check=data.no_public_access,
        whole_stack=True,
    ),
    Rule(
        name="failure-destinations",
        description="Targets of rules have a dead-letter queue, unless the event comes again; functions have a"
        " destination for failures.",
        check=conventions.failure_destinations,
        whole_stack=True,
    ),
    Rule(
        name="current-runtimes",
        description="Lambda functions use runtimes that AWS supports today.",
        check=conventions.current_runtimes,
    ),
    Rule(
        name="required-tags",
        description="Every provider puts the stack's tags on what it creates, and no resource changes one.",
        check=conventions.required_tags,
    ),
    Rule(
        name="names-within-limits",
        description="Physical names have the characters and the length that AWS allows.",
        check=conventions.names_within_limits,
    ),
    Rule(
        name="removal-protection",
        description="Where `operations.removalProtection` is true, buckets, keys, databases and tables are"
        " protected, and nothing is emptied.",
        check=data.removal_protection,
    ),
)


def violations(rule: Rule, resource: Resource, stack: Stack) -> list[str]:
    """Return what the resource does against a rule; nothing where the stack file switches the rule off."""
    return [] if rule.name in stack.disabled else list(rule.check(resource, stack))
