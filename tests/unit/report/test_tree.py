from __future__ import annotations

import pytest

from demo.report import tree
from demo.report.model import Resource, resources_of

PROJECT = "urn:pulumi:local::mlops-infra"
STACK = f"{PROJECT}::pulumi:pulumi:Stack::mlops-infra-local"
ALERTS = f"{PROJECT}::mlops:index:Notifications::alerts"
NOTIFIER = f"{PROJECT}::mlops:index:Notifications$mlops:index:Notifier::alerts-notifier"
TOPIC = f"{PROJECT}::mlops:index:Notifications$aws:sns/topic:Topic::alerts-topic"
ROLE = f"{PROJECT}::mlops:index:Notifications$mlops:index:Notifier$aws:iam/role:Role::alerts-notifier-role"
PROVIDER = f"{PROJECT}::pulumi:providers:aws::a-provider"

# As the engine exports them: in the order of their registration, parents as URNs.
EXPORT = {
    "deployment": {
        "resources": [
            {"urn": STACK, "type": "pulumi:pulumi:Stack"},
            {"urn": PROVIDER, "type": "pulumi:providers:aws", "parent": STACK},
            {"urn": ALERTS, "type": "mlops:index:Notifications", "parent": STACK},
            {"urn": TOPIC, "type": "aws:sns/topic:Topic", "parent": ALERTS},
            {"urn": NOTIFIER, "type": "mlops:index:Notifier", "parent": ALERTS},
            {"urn": ROLE, "type": "aws:iam/role:Role", "parent": NOTIFIER},
        ]
    }
}


def outline(node: tree.Node, depth: int = 0) -> list[str]:
    first_line = f"{'  ' * depth}{node.resource.name} {node.resource.type} {node.below}"
    return [first_line, *(line for child in node.children for line in outline(child, depth + 1))]


def test_resources_stand_below_their_parents_with_components_first_and_providers_last() -> None:
    [root] = tree.build(resources_of(EXPORT))
    assert outline(root) == [
        "mlops-infra-local pulumi:pulumi:Stack 5",
        "  alerts mlops:index:Notifications 3",
        "    alerts-notifier mlops:index:Notifier 1",
        "      alerts-notifier-role aws:iam/role:Role 0",
        "    alerts-topic aws:sns/topic:Topic 0",
        "  a-provider pulumi:providers:aws 0",
    ]


def test_a_name_may_hold_the_urns_own_separators() -> None:
    resource = Resource(urn=f"{PROJECT}::aws:sns/topic:Topic::a::b$c")
    assert (resource.name, resource.type) == ("a::b$c", "aws:sns/topic:Topic")


def test_a_resource_whose_parent_is_gone_is_not_lost() -> None:
    roots = tree.build([Resource(urn=STACK), Resource(urn=TOPIC, parent=ALERTS)])
    assert {root.resource.urn for root in roots} == {STACK, TOPIC}


def test_parents_that_form_a_circle_are_an_error_and_no_endless_loop() -> None:
    with pytest.raises(ValueError, match="2 resources are ancestors of themselves"):
        tree.build([Resource(urn=STACK), Resource(urn=ALERTS, parent=TOPIC), Resource(urn=TOPIC, parent=ALERTS)])


def test_an_empty_state_has_no_tree() -> None:
    assert tree.build(resources_of({"deployment": {}})) == ()
