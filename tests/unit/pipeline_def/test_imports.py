import ast
import os
from collections.abc import Iterator
from pathlib import Path

from pipeline_def import code

ROOT = Path(__file__).parents[3]
ELSEWHERE = {".venv", ".git", ".local", "node_modules"}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def sources() -> Iterator[Path]:
    for folder, below, files in os.walk(ROOT):
        below[:] = [name for name in below if name not in ELSEWHERE]
        yield from (Path(folder, name) for name in files if name.endswith(".py"))


def test_only_the_pipelines_package_imports_the_sagemaker_sdk():
    users = [
        path.relative_to(ROOT).as_posix()
        for path in sources()
        # Only what names the SDK is parsed: there are hundreds of files.
        if "sagemaker" in path.read_text(encoding="utf-8")
        and any(name.partition(".")[0] == "sagemaker" for name in imported(path))
    ]
    assert users, "the search found nothing at all, so it proves nothing"
    assert [user for user in users if not user.startswith("pipeline_def/")] == []


def test_the_step_scripts_import_nothing_of_this_repository_but_each_other():
    packages = {path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file()}
    for script in code.STEPS.glob("*.py"):
        assert not {name.partition(".")[0] for name in imported(script)} & packages, script.name


def test_the_step_scripts_parse_in_python_3_9():
    for script in code.STEPS.glob("*.py"):
        ast.parse(script.read_text(encoding="utf-8"), feature_version=(3, 9))
