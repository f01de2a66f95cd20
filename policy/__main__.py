"""The pack as the engine runs it: `pulumi preview --policy-pack policy`.

The engine starts it through the Python language host, the program's own; no `pulumi-analyzer-policy-python` is needed.
Values that are unknown in a preview pass: the rules are about what is known.
"""

import functools
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, cast

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

PROGRAM: Final = Path(__file__).absolute().parent.parent
# The engine puts the pack's folder on the path, not the program's.
sys.path.insert(0, str(PROGRAM))

from policy.resources import UNKNOWN, Resource, Stack  # noqa: E402
from policy.rules import RULES, Rule, violations  # noqa: E402
from settings.load import InvalidSettingsError, read  # noqa: E402

_ROOT: Final = "pulumi:pulumi:Stack"


def main() -> None:
    """Serve the pack until the engine ends it."""
    policies: list[Policy] = [_whole_stack(rule) if rule.whole_stack else _single(rule) for rule in RULES]
    PolicyPack(name="mlops-infra", enforcement_level=EnforcementLevel.MANDATORY, policies=[*policies, _disabled()])


def _single(rule: Rule) -> ResourceValidationPolicy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        stack = stack_of(args.urn)
        resource = Resource(urn=args.urn, properties=plain(args.props), protect=args.opts.protect)
        for message in violations(rule, resource, stack) if stack else ():
            report(message, None)

    return ResourceValidationPolicy(name=rule.name, description=rule.description, validate=validate)


def _whole_stack(rule: Rule) -> StackValidationPolicy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        stack = _stack_with(args.resources)
        if stack:
            for resource in stack.resources:
                for message in violations(rule, resource, stack):
                    report(message, resource.urn)

    return StackValidationPolicy(name=rule.name, description=rule.description, validate=validate)


def _disabled() -> StackValidationPolicy:
    """Return a policy that refuses nothing, and says which rules the stack file switches off."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        roots = [resource.urn for resource in args.resources if resource.resource_type == _ROOT]
        for root in roots:
            stack = stack_of(root)
            for name, reason in stack.disabled.items() if stack else ():
                report(f"{name} is switched off: {reason}", root)

    return StackValidationPolicy(
        name="disabled-rules",
        description="Rules that the stack file switches off.",
        enforcement_level=EnforcementLevel.ADVISORY,
        validate=validate,
    )


@functools.cache
def _stack_named(name: str) -> Stack | None:
    try:
        settings = read(name, PROGRAM)
    except InvalidSettingsError:
        return None
    return Stack(
        tags=settings.all_tags,
        removal_protection=settings.operations.removal_protection,
        today=datetime.now(UTC).date(),
        disabled=settings.policies.disabled,
    )


def stack_of(urn: str) -> Stack | None:
    """Return what the stack file of a resource's stack asks for; None where the program will refuse the file."""
    return _stack_named(urn.split("::", maxsplit=1)[0].removeprefix("urn:pulumi:"))


def plain(container: Mapping[str, object]) -> dict[str, object]:
    """Return the properties that the SDK hands over, with UNKNOWN where reading one raises UnknownValueError."""
    return {key: _known(functools.partial(container.__getitem__, key)) for key in container}


def _known(read_value: Callable[[], object]) -> object:
    try:
        value = read_value()
    except UnknownValueError:
        return UNKNOWN
    if isinstance(value, Mapping):
        return plain(cast("Mapping[str, object]", value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = cast("Sequence[object]", value)
        return [_known(functools.partial(items.__getitem__, position)) for position in range(len(items))]
    return value


def _stack_with(resources: Sequence[PolicyResource]) -> Stack | None:
    stack = stack_of(resources[0].urn) if resources else None
    return replace(stack, resources=[_resource(resource) for resource in resources]) if stack else None


def _resource(resource: PolicyResource) -> Resource:
    references = {
        name: frozenset(source.urn for source in sources) for name, sources in resource.property_dependencies.items()
    }
    properties, protect = plain(resource.props), resource.opts.protect
    return Resource(urn=resource.urn, properties=properties, protect=protect, references=references)


if __name__ == "__main__":
    main()
