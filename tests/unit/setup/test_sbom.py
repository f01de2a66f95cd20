"""The software bill of materials: it follows CycloneDX's schema, and holds all that is pinned."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools import sbom
from tools.toolchain import releases
from tools.toolchain.workspace import REPOSITORY, Workspace

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def text() -> str:
    return sbom.render(sbom.describe(Workspace()))


@pytest.fixture(scope="module")
def components(text: str) -> dict[str, dict[str, Any]]:
    """The components by their reference."""
    return {component["bom-ref"]: component for component in json.loads(text)["components"]}


def uses(component: dict[str, Any]) -> set[str]:
    return {item["value"] for item in component["properties"] if item["name"] == "mlops-infra:use"}


def test_it_follows_the_schema(text: str) -> None:
    from cyclonedx.validation.json import JsonStrictValidator

    assert JsonStrictValidator(sbom.SCHEMA).validate_str(text) is None


def test_a_document_that_does_not_follow_the_schema_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    monkeypatch.setattr(sbom, "render", lambda _: text.replace('"SHA-256"', '"SHA-255"', 1))
    assert sbom.main(["--output", str(tmp_path / "sbom.json")]) == 1
    assert "does not follow CycloneDX 1.6" in capsys.readouterr().err
    assert not (tmp_path / "sbom.json").exists()


@pytest.mark.parametrize("use", sbom.LOCKS)
def test_every_pinned_package_is_there_with_its_hashes_and_uses(
    use: str, components: dict[str, dict[str, Any]]
) -> None:
    lock = (REPOSITORY / sbom.LOCKS[use]).read_text()
    names = re.findall(r"^([A-Za-z0-9._-]+)(?:\[\S*\])?==([^\s;]+)", lock, re.MULTILINE)
    assert names
    for name, version in names:
        assert use in uses(components[f"pkg:pypi/{name}@{version}"])
    hashes = {
        item["content"]
        for component in components.values()
        if "pypi" in component["purl"] and use in uses(component)
        for item in component["externalReferences"][0]["hashes"]
    }
    assert hashes >= set(re.findall(r"--hash=sha256:(\w+)", lock))


def test_every_module_of_the_cli_is_there_with_its_line_of_go_sum(components: dict[str, dict[str, Any]]) -> None:
    folder = Workspace().go_module
    required = re.findall(r"^\t\S+ v\S+", (folder / "go.mod").read_text(), re.MULTILINE)
    modules = [component for component in components.values() if component["purl"].startswith("pkg:golang/")]
    assert len(modules) == len(required) > 200
    sums = (folder / "go.sum").read_text()
    for module in modules:
        [line] = [item["value"] for item in module["properties"] if item["name"] == "mlops-infra:go.sum"]
        assert f"{module['name']} {module['version']} {line}\n" in sums
    assert "pkg:golang/github.com/tgummerer/clipboard@v0.0.0-20241001131231-d02d263e614e" in components


def test_the_cli_and_the_plugins_are_there_with_what_is_recorded_of_each_platform(
    components: dict[str, dict[str, Any]],
) -> None:
    for name, release in releases.read(Workspace().checksums).items():
        [component] = [
            component
            for reference, component in components.items()
            if reference.endswith(f"/pulumi-{name}@v{release.version}" if name != "pulumi" else "/pulumi@v3.259.0")
        ]
        archives = component["externalReferences"]
        assert len(archives) == len(releases.PLATFORMS)
        recorded = {item["content"] for archive in archives for item in archive.get("hashes", [])}
        assert recorded == {value for value in release.sha256.values() if value}
        assert all("hashes" in archive or "no SHA-256" in archive["comment"] for archive in archives)


def test_what_needs_what_names_components_only(text: str, components: dict[str, dict[str, Any]]) -> None:
    dependencies = {item["ref"]: set(item.get("dependsOn", [])) for item in json.loads(text)["dependencies"]}
    assert set().union(*dependencies.values()) == set(components), "each component is needed by something"
    # checkov pins another version for itself.
    [boto3] = [
        reference
        for reference, component in components.items()
        if reference.startswith("pkg:pypi/boto3@") and "setup" in uses(component)
    ]
    assert boto3 in dependencies["mlops-infra"]
    assert any(reference.startswith("pkg:pypi/s3transfer@") for reference in dependencies[boto3])


@pytest.mark.parametrize("use", sbom.NODE_LOCKS)
def test_npms_packages_are_there_with_their_hashes_and_uses(use: str, components: dict[str, dict[str, Any]]) -> None:
    lock = json.loads((REPOSITORY / sbom.NODE_LOCKS[use]).read_text())
    direct = lock["packages"][""]["dependencies"]
    assert direct
    for name, version in direct.items():
        component = components[f"pkg:npm/{name}@{version}"]
        assert uses(component) == {use}
        [digest] = component["externalReferences"][0]["hashes"]
        assert (digest["alg"], len(digest["content"])) == ("SHA-512", 128)


def test_every_lock_file_of_the_project_is_read() -> None:
    suffixes = ("*.txt", "*.lock", "*.json", "*.in")
    names = subprocess.check_output(["git", "ls-files", *suffixes], cwd=REPOSITORY, text=True).split()
    hashes = re.compile(r"--hash=sha256:|\"lockfileVersion\"")
    locks = {name for name in names if hashes.search((REPOSITORY / name).read_text("utf-8"))}
    assert locks == {*sbom.LOCKS.values(), *sbom.NODE_LOCKS.values()}
