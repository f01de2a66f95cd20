"""The layers of the source tree: imports only go down (docs/architecture.md)."""

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Bottom up. Packages of one layer do not import each other.
LAYERS = (
    ("contract",),
    ("settings", "messages"),
    ("permissions", "policy"),
    ("lambdas", "pipeline_def", "components", "tools"),
    ("delivery", "bootstrap", "__main__"),
    ("doctor",),
    ("demo",),
    ("acceptance", "bench", "chaos"),
    ("tests",),
)
RANK = {package: rank for rank, layer in enumerate(LAYERS) for package in layer}
LOCAL_CLOUD = "localcloud"
USERS_OF_THE_LOCAL_CLOUD = ("demo", "bench", "chaos", "tests")
# Names of the product and of what it is about; the local cloud serves any AWS account.
NAMES_OF_THE_PRODUCT = re.compile("mlops|abalone", re.IGNORECASE)


@dataclass(frozen=True)
class Import:
    """An import of one top-level package by a file of another."""

    importer: str
    imported: str
    place: str

    def __str__(self) -> str:
        return f"{self.place}: {self.importer} imports {self.imported}"


def sources(package: str) -> list[Path]:
    if package == LOCAL_CLOUD:
        return sorted(path for folder in ("src", "tests") for path in (ROOT / "localcloud" / folder).rglob("*.py"))
    return [ROOT / "__main__.py"] if package == "__main__" else sorted((ROOT / package).rglob("*.py"))


def imports(packages: list[str]) -> Iterator[Import]:
    """What the packages import of each other, also inside functions and for type checkers only."""
    for package in packages:
        for path in sources(package):
            for statement in statements(ast.parse(path.read_text(encoding="utf-8"))):
                for module in modules(statement):
                    imported = module.partition(".")[0]
                    if imported in packages and imported != package:
                        place = f"{path.relative_to(ROOT).as_posix()}:{statement.lineno}"
                        yield Import(package, imported, place)


def statements(block: ast.AST) -> Iterator[ast.stmt]:
    """The statements in a block, at any depth: expressions are most of a tree, and import nothing."""
    for field in ("body", "handlers", "orelse", "finalbody", "cases"):
        for member in getattr(block, field, ()):
            if isinstance(member, ast.stmt):
                yield member
            yield from statements(member)


def modules(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
        return [statement.module]
    return []


@functools.cache
def all_imports() -> list[Import]:
    return list(imports([*RANK, LOCAL_CLOUD]))


def test_imports_only_go_down() -> None:
    product = [entry for entry in all_imports() if LOCAL_CLOUD not in {entry.importer, entry.imported}]
    assert {"contract", "messages", "permissions", "settings", "components"} <= {entry.imported for entry in product}
    upward = [str(entry) for entry in product if RANK[entry.imported] >= RANK[entry.importer]]
    assert not upward, "a package may import only packages of lower layers:\n" + "\n".join(upward)


def test_the_delivery_jobs_import_no_lambda_function() -> None:
    delivery = [entry for entry in all_imports() if entry.importer == "delivery"]
    assert "messages" in {entry.imported for entry in delivery}
    assert [str(entry) for entry in delivery if entry.imported == "lambdas"] == []


def test_every_package_is_in_a_layer() -> None:
    packages = {path.parent.name for path in ROOT.glob("*/*.py")}
    assert {"contract", "components", "delivery"} <= packages
    assert packages <= {*RANK, LOCAL_CLOUD}, "a new package needs its place in LAYERS and in docs/architecture.md"


def test_the_local_cloud_stands_beside_the_product() -> None:
    assert sources(LOCAL_CLOUD)
    across = [
        str(entry)
        for entry in all_imports()
        if entry.importer == LOCAL_CLOUD
        or (entry.imported == LOCAL_CLOUD and entry.importer not in USERS_OF_THE_LOCAL_CLOUD)
    ]
    assert not across, "the local cloud imports nothing of the product, which sees it in demo and tests only:\n" + (
        "\n".join(across)
    )


def test_the_local_cloud_names_nothing_of_the_product() -> None:
    assert NAMES_OF_THE_PRODUCT.search((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    paths = [path for path in sources(LOCAL_CLOUD) if "src" in path.relative_to(ROOT).parts]
    assert paths
    named = [str(path) for path in paths if NAMES_OF_THE_PRODUCT.search(path.read_text(encoding="utf-8"))]
    assert named == []
