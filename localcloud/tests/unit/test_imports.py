"""What the local cloud imports: the emulator in one package only, lower layers only, nothing that is not declared."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

FOLDER = Path(__file__).parents[2]
SOURCE = FOLDER / "src" / "localcloud"
FILES = sorted(SOURCE.rglob("*.py"))
EMULATOR = SOURCE / "emulator"
LAYERS = ("http", "emulator", "iam", "services", "server")
"""Packages that import only themselves and those before them; other modules of localcloud import the first alone."""


def imported(path: Path, *, for_types: bool) -> Iterator[str]:
    """Yield the names that a module imports, also inside functions, with the modules that they are from."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    skipped = set() if for_types else {id(node) for block in blocks for node in ast.walk(block)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def packages_of(path: Path, *, for_types: bool) -> set[str]:
    """Return the top-level packages that a module imports."""
    return {name.partition(".")[0] for name in imported(path, for_types=for_types)}


def layers_of(path: Path) -> set[str]:
    """Return the layers that a module imports."""
    names = [name.split(".") for name in imported(path, for_types=True)]
    return {name[1] for name in names if name[0] == "localcloud" and name[1] in LAYERS}


def test_only_the_adapter_imports_the_emulator() -> None:
    importers = {path for path in FILES if "ministack" in packages_of(path, for_types=True)}
    assert importers, "nothing imports the emulator: this test looks for the wrong name"
    assert [path for path in importers if path.parent != EMULATOR] == []


def test_private_names_are_touched_only_in_the_adapter() -> None:
    suppressed = {path for path in FILES if "SLF001" in path.read_text(encoding="utf-8")}
    assert suppressed
    assert [path for path in suppressed if path.parent != EMULATOR] == []


def test_a_layer_imports_only_the_layers_below_it() -> None:
    parts = {path: path.relative_to(SOURCE).parts[0] for path in FILES}
    assert set(LAYERS) <= set(parts.values())
    allowed = {layer: set(LAYERS[: number + 1]) for number, layer in enumerate(LAYERS)}
    upward = {str(path): layers_of(path) - allowed.get(part, {LAYERS[0]}) for path, part in parts.items()}
    assert {path: layers for path, layers in upward.items() if layers} == {}


def test_every_import_is_of_a_declared_dependency() -> None:
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = [*project["dependencies"], *project["optional-dependencies"]["pytest"]]
    declared = {re.split("[^a-z0-9-]", requirement)[0] for requirement in requirements}
    distributions = packages_distributions()
    packages = {package for path in FILES for package in packages_of(path, for_types=False)} - sys.stdlib_module_names
    assert {"botocore", "pulumi"} <= packages
    undeclared = {
        package: distributions.get(package)
        for package in packages - {"localcloud"}
        if not declared & {name.lower().replace("_", "-") for name in distributions.get(package, [])}
    }
    assert undeclared == {}


def test_a_plugin_starts_without_the_sdk_and_a_program_gets_all_of_it() -> None:
    program = """
import sys
from localcloud import engine_protocol
import localcloud.language_host.__main__, localcloud.provider.__main__, localcloud.provider.aws
assert {"pulumi", "pulumi.runtime"} & {*sys.modules} == set()
engine_protocol.join_sdk()
import pulumi
import pulumi.provider.experimental.server
import pulumi.runtime.proto.resource_pb2
from pulumi.runtime import proto
assert pulumi.runtime.proto is proto
assert pulumi.runtime.proto.resource_pb2 and pulumi.runtime._grpc_settings
assert proto.provider_pb2.CheckRequest is engine_protocol.provider_pb2.CheckRequest
assert pulumi.runtime.settings and pulumi.Output
"""
    subprocess.run([sys.executable, "-c", program], check=True)
