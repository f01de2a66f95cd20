"""What the local cloud imports: the emulator in one package only, and nothing that it does not declare."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

FOLDER = Path(__file__).parents[2]
SOURCE = FOLDER / "src" / "localcloud"
FILES = sorted(SOURCE.rglob("*.py"))
EMULATOR = SOURCE / "emulator"


def imported(path: Path, *, for_types: bool) -> Iterator[str]:
    """The top-level packages that a module imports, also inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    blocks = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    skipped = set() if for_types else {id(node) for block in blocks for node in ast.walk(block)}
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def test_only_the_adapter_imports_the_emulator() -> None:
    importers = {path for path in FILES if "ministack" in imported(path, for_types=True)}
    assert importers, "nothing imports the emulator: this test looks for the wrong name"
    assert [path for path in importers if path.parent != EMULATOR] == []


def test_private_names_are_touched_only_in_the_adapter() -> None:
    suppressed = {path for path in FILES if "SLF001" in path.read_text(encoding="utf-8")}
    assert suppressed
    assert [path for path in suppressed if path.parent != EMULATOR] == []


def test_every_import_is_of_a_declared_dependency() -> None:
    project = tomllib.loads((FOLDER / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = [*project["dependencies"], *project["optional-dependencies"]["pytest"]]
    declared = {re.split("[^a-z0-9-]", requirement)[0] for requirement in requirements}
    distributions = packages_distributions()
    packages = {package for path in FILES for package in imported(path, for_types=False)} - sys.stdlib_module_names
    assert {"botocore", "pulumi"} <= packages
    undeclared = {
        package: distributions.get(package)
        for package in packages - {"localcloud"}
        if not declared & {name.lower().replace("_", "-") for name in distributions.get(package, [])}
    }
    assert undeclared == {}
