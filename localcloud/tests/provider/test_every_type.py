"""The life of one resource of every type, all in one stack: each phase is one run of the engine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from localcloud import inventory
from localcloud.lifecycle import LocalCloud
from localcloud.provider.aws_native import TYPES as NATIVE_TYPES
from localcloud.provider.differences import changes
from localcloud.provider.types import TYPES

from .case import Case, write_code
from .cases import CASES, SUPPORT
from .conftest import Program, Result

pytestmark = pytest.mark.local
BY_NAME = {case.name: case for case in CASES}
# A phase's result also counts for resources that others drag along; these are what each phase is about.
UPDATED = [case.name for case in CASES if case.update]
DRIFTED = [case.name for case in CASES if case.drift]
IMPORTED = [case.name for case in CASES if case.importable]
REMOVED = [case.name for case in CASES if case.remove]


@dataclass
class Life:
    """What happened in each phase."""

    phases: dict[str, Result] = field(default_factory=dict[str, Result])
    states: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict[str, dict[str, dict[str, Any]]])


def declared(variant: Callable[[Case], dict[str, Any]]) -> list[dict[str, Any]]:
    default_tags = {"tags": {"project": "provider-test"}}
    providers = [
        {
            "name": package,
            "type": f"pulumi:providers:{package}",
            "inputs": {
                "region": "us-east-1",
                "allowedAccountIds": '["123456789012"]',
                "defaultTags": {"$json": default_tags},
            },
        }
        for package in ("aws", "aws-native")
    ]
    resources = [
        {
            "name": case.name,
            "type": case.type,
            "inputs": {key: value for key, value in {**case.inputs, **variant(case)}.items() if value != {}},
            "provider": case.type.split(":")[0],
        }
        for case in ordered()
    ]
    return [*providers, *resources]


def ordered() -> list[Case]:
    """Give the cases so that what is referred to comes first."""
    done: list[Case] = []
    waiting = [*SUPPORT, *CASES]
    while waiting:
        names = {case.name for case in waiting}
        ready = [case for case in waiting if not any(f"${{{name}." in f"{case.inputs}{case.update}" for name in names)]
        assert ready, names
        done += ready
        waiting = [case for case in waiting if case not in ready]
    return done


@pytest.fixture(scope="module")
def own_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A cloud with nothing else in it."""
    with LocalCloud(tmp_path_factory.mktemp("own-cloud")) as started:
        yield started


@pytest.fixture(scope="module")
def life(own_cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Life:
    cloud = own_cloud
    program = Program(cloud, tmp_path_factory.mktemp("every-type") / "program")
    write_code(program.directory / "code.zip", "one")
    life = Life()

    def phase(name: str, operation: str, variant: Callable[[Case], dict[str, Any]]) -> None:
        program.declare(declared(variant))
        life.phases[name] = program.ok(operation)
        life.states[name] = program.state()

    def behind_the_back(act: str, names: list[str], state: dict[str, dict[str, Any]]) -> None:
        def client(service: str) -> Any:
            if service == "other":
                return {name: item.get("outputs", {}) for name, item in state.items()}
            return cloud.client(service, "root")

        for case in reversed(ordered()):
            if case.name in names:
                getattr(case, act)(client, state[case.name]["outputs"])

    phase("create", "up", lambda case: {})
    life.states["import"] = import_all(cloud, tmp_path_factory.mktemp("import"), life.states["create"])
    phase("again", "preview", lambda case: {})
    phase("nothing drifted", "refresh", lambda case: {})
    phase("update", "up", lambda case: case.update)
    phase("updated again", "preview", lambda case: case.update)
    phase("replace", "up", lambda case: {**case.update, **case.replace})
    phase("replaced again", "preview", lambda case: {**case.update, **case.replace})
    phase("back", "up", lambda case: {})
    behind_the_back("drift", DRIFTED, life.states["back"])
    phase("drift", "refresh", lambda case: {})
    phase("repair", "up", lambda case: {})
    phase("repaired again", "preview", lambda case: {})
    behind_the_back("remove", REMOVED, life.states["repair"])
    phase("gone", "refresh", lambda case: {})
    phase("recreate", "up", lambda case: {})
    phase("destroy", "destroy", lambda case: {})
    return life


def import_all(cloud: LocalCloud, directory: Path, state: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Import all that was created into another stack, by type and id alone."""
    program = Program(cloud, directory / "program")
    imports = [
        {"type": case.type, "name": case.name, "id": case.import_id.format(**state[case.name]["outputs"])}
        if case.import_id
        else {"type": case.type, "name": case.name, "id": state[case.name]["id"]}
        for case in CASES
        if case.importable
    ]
    (directory / "imports.json").write_text(json.dumps({"resources": imports}))
    options = ("--yes", "--skip-preview", "--generate-code=false", "--protect=false")
    result = program.run("import", "--file", str(directory / "imports.json"), *options)
    assert result.code == 0, result.text
    return program.state()


def test_the_table_has_every_type() -> None:
    assert {case.type for case in CASES} == {*TYPES, *NATIVE_TYPES}


@pytest.mark.parametrize("name", BY_NAME)
def test_a_resource_is_created_with_its_id_and_outputs(life: Life, name: str) -> None:
    case, resource = BY_NAME[name], life.states["create"][name]
    assert life.phases["create"].operations[name] == "create"
    # `{id}` stands for an id that AWS makes up.
    assert resource["id"] == case.id.format(**{"id": resource["id"], **resource["outputs"]})
    assert not {key for key in case.outputs if resource["outputs"].get(key) in (None, "")}


# What only the provider knows, the program's zip, or what is write-only: AWS cannot tell it.
NOT_IN_AWS = {"__defaults", "deletionWindowInDays", "forceDestroy", "code", "definition", "versionDescription"}


@pytest.mark.parametrize("name", IMPORTED)
def test_a_resource_can_be_imported_by_its_id(life: Life, name: str) -> None:
    created, imported = life.states["create"][name], life.states["import"][name]
    assert imported["id"] == created["id"]
    assert {key: imported["outputs"][key] for key in BY_NAME[name].outputs} == {
        key: created["outputs"][key] for key in BY_NAME[name].outputs
    }
    resource_type = {**TYPES, **NATIVE_TYPES}[created["type"]]
    inputs = {key: value for key, value in created["inputs"].items() if key not in NOT_IN_AWS}
    again = changes(resource_type.fields, imported["outputs"], inputs)
    assert [change.path for change in again] == []


@pytest.mark.parametrize("phase", ["again", "updated again", "replaced again", "repaired again", "nothing drifted"])
def test_nothing_changes_when_nothing_was_changed(life: Life, phase: str) -> None:
    assert life.phases[phase].operations == {}


@pytest.mark.parametrize("name", UPDATED)
def test_a_mutable_property_is_updated_in_place(life: Life, name: str) -> None:
    assert life.phases["update"].operations[name] == "update"
    assert life.states["update"][name]["id"] == life.states["create"][name]["id"]


@pytest.mark.parametrize("name", BY_NAME)
def test_an_immutable_property_replaces_the_resource(life: Life, name: str) -> None:
    assert "replace" in life.phases["replace"].operations[name]


@pytest.mark.parametrize("name", DRIFTED)
def test_a_change_behind_the_back_is_found_and_repaired(life: Life, name: str) -> None:
    before, drifted, after = (dict(life.states[phase][name]["inputs"]) for phase in ("back", "drift", "repair"))
    assert drifted != before
    for inputs in (before, after):
        # A replacement may have a new made-up name.
        for key in inputs.get("__defaults", []):
            inputs.pop(key)
    assert name in life.phases["repair"].operations
    assert after == before


@pytest.mark.parametrize("name", REMOVED)
def test_a_resource_deleted_behind_the_back_is_dropped_and_created_again(life: Life, name: str) -> None:
    assert name not in life.states["gone"]
    assert life.phases["recreate"].operations[name] == "create"


@pytest.mark.parametrize("package", ["aws", "aws-native"])
def test_default_tags_are_on_every_taggable_resource(life: Life, package: str) -> None:
    types = {**TYPES, **NATIVE_TYPES}
    taggable = {
        token
        for token, resource_type in types.items()
        if token.startswith(f"{package}:") and "tags" in resource_type.fields
    }
    resources = [item for item in life.states["create"].values() if item["type"] in taggable]
    assert {item["type"] for item in resources} == taggable
    assert taggable
    for item in resources:
        tags = item["outputs"]["tags"]
        plain = tags if isinstance(tags, dict) else {tag["key"]: tag["value"] for tag in tags}
        assert plain.get("project") == "provider-test", item["urn"]


def test_destroy_leaves_nothing(life: Life, own_cloud: LocalCloud) -> None:
    assert set(life.states["destroy"]) <= {"provider-test-test"}
    assert own_cloud.client("sns", "root").list_topics()["Topics"] == []
    assert own_cloud.client("sqs", "root").list_queues().get("QueueUrls", []) == []
    assert own_cloud.client("lambda", "root").list_functions()["Functions"] == []
    assert own_cloud.client("events", "root").list_rules()["Rules"] == []
    assert own_cloud.client("dynamodb", "root").list_tables()["TableNames"] == []
    assert own_cloud.client("cloudwatch", "root").describe_alarms()["MetricAlarms"] == []
    left = inventory.take(lambda service: own_cloud.client(service, "root"))
    assert [left[service] for service in ("athena", "glue", "lakeformation", "quicksight")] == [set()] * 4
