"""The stacks that are looked at: those of the committed files, or one that is deployed."""

import functools
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from permissions.boundary import boundary_document
from policy.resources import Statement, statements_of
from settings import StackSettings
from settings.load import parse, read
from tools.cloudformation.resources import Resource, resources_of_state
from tools.cloudformation.template import Template, logical_id_of, template_of
from tools.security import program
from tools.security.findings import Finding, general, placeholders, statements_about
from tools.security.policies import PolicyDocument, documents_of
from tools.security.terraform import Plan, address_of, plan_of
from tools.toolchain.workspace import REPOSITORY


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack as the tools see it: the resources that it registered, and the boundary of its environment.

    The boundary grants nothing, so what judges grants doesn't get it: it is among the documents only.
    """

    name: str
    region: str
    resources: Sequence[Resource]
    placeholders: Mapping[str, str]
    boundary: PolicyDocument

    def plan(self) -> Plan:
        """Return it as a Terraform plan."""
        return plan_of(self.resources)

    def template(self) -> Template:
        """Return it as a CloudFormation template."""
        return template_of(self.resources)

    def documents(self) -> list[PolicyDocument]:
        """Return its policy documents."""
        return [*documents_of(self.resources), self.boundary]

    def finding(self, tool: str, rule: str, resource: str, message: str) -> Finding:
        """Return a finding in words that don't depend on the stack, with the statements that it is about."""
        text = general(message, self.placeholders)
        statements = statements_about(text, self._statements.get(resource, ()))
        return Finding(stack=self.name, tool=tool, rule=rule, resource=resource, message=text, statements=statements)

    @functools.cached_property
    def _statements(self) -> Mapping[str, Sequence[Statement]]:
        """The statements of documents, by the names of their resources, in words that don't depend on the stack."""
        statements: dict[str, list[Statement]] = {}
        for document in self.documents():
            content = general(json.dumps(document.content), self.placeholders)
            statements.setdefault(document.resource, []).extend(statements_of(content))
        return statements

    def name_at(self, address: str) -> str:
        """Return the name of a resource by its address in the plan; of what isn't there, the address."""
        names = {address_of(r): r.name for r in self.resources if r.type.startswith("aws:")}
        return names.get(address, address)

    def name_of(self, logical_id: str) -> str:
        """Return the name of a resource by its id in the template; of what isn't there, the id."""
        names = {logical_id_of(resource.name): resource.name for resource in self.resources}
        return names.get(logical_id, logical_id)


def stack_of(name: str, settings: StackSettings, resources: Sequence[Resource]) -> Stack:
    """Return a stack; the key of its state, which the boundary names, has a made-up id."""
    deployment = settings.deployment
    key_arn = deployment.arn("kms", "key/00000000-0000-0000-0000-000000000000")
    boundary = PolicyDocument(
        kind="boundary",
        resource="boundary",
        name=deployment.boundary_name,
        arn=deployment.boundary_arn,
        content=dict(boundary_document(settings, key_arn)),
    )
    return Stack(
        name=name,
        region=deployment.region,
        resources=resources,
        placeholders=placeholders(settings),
        boundary=boundary,
    )


def committed_stacks() -> list[Stack]:
    """Return what the program registers for the committed stack files, with and without its optional parts."""
    stacks: list[Stack] = []
    for name in program.STACKS:
        config = program.config_of(name)
        settings = parse(name, program.flat(config), [], REPOSITORY)
        stacks.append(stack_of(name, settings, program.resources_of(name, config)))
    return stacks


def deployed_stack(name: str) -> Stack:
    """Return a deployed stack, from its state.

    Raises:
        subprocess.CalledProcessError: the state can't be read; the CLI has said why.
    """
    command = [sys.executable, "-m", "tools.pulumi", "stack", "export", "--show-secrets", "--stack", name]
    exported = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return stack_of_state(json.loads(exported), read(name, REPOSITORY))


def stack_of_state(state: Mapping[str, Any], settings: StackSettings) -> Stack:
    """Return the stack of a state in the form that `pulumi stack export` prints."""
    return stack_of(settings.deployment.environment, settings, resources_of_state(state))
