"""The contract travels in the notifier's zip, without anything that isn't in Python itself."""

import ast
import sys
from pathlib import Path

CONTRACT = Path(__file__).parents[3] / "contract"


def _imported(path: Path) -> set[str]:
    modules: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add((node.module or "").partition(".")[0])
    return modules


def test_the_contract_imports_the_standard_library_and_itself_only() -> None:
    modules = set[str]().union(*map(_imported, CONTRACT.rglob("*.py")))

    assert "contract" in modules
    assert modules - {"contract"} <= sys.stdlib_module_names
