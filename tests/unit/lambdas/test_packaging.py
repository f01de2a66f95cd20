"""Deployment packages: the same bytes everywhere, and clear words where one cannot be built."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from contract.lambda_runtime import PYTHON_VERSION
from lambdas import packaging

NAME = "notifier"
ROOT = Path(packaging.__file__).parents[1]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packaging.build(NAME, cache_dir=tmp_path_factory.mktemp("cache"))


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what goes into the package, which a test may change and which the packaging takes for its checkout."""
    copy = tmp_path / "elsewhere"
    for name in (f"lambdas/{NAME}", *packaging.SHARED):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "lambdas" / "__init__.py", copy / "lambdas" / "__init__.py")
    monkeypatch.setattr(packaging, "_ROOT", copy)
    return copy


@pytest.mark.slow
def test_another_directory_umask_clock_and_order_of_files_give_identical_bytes(
    package: Path, checkout: Path, tmp_path: Path
) -> None:
    for number, path in enumerate(sorted(checkout.rglob("*.py"), reverse=True)):
        path.touch()
        path.chmod(0o700)
        os.utime(path, (number * 1e6, number * 1e6))
    umask = os.umask(0o077)
    try:
        again = packaging.build(NAME, cache_dir=tmp_path / "another" / "cache")
    finally:
        os.umask(umask)

    assert again != package
    assert again.read_bytes() == package.read_bytes()


@pytest.mark.slow
def test_a_second_build_comes_from_the_cache_and_needs_no_network(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(packaging.uv, "find_uv_bin", lambda: pytest.fail("installed again"))

    assert packaging.build(NAME, cache_dir=package.parents[1]) == package


@pytest.mark.slow
@pytest.mark.parametrize(
    "changed", ["lambdas/notifier/app.py", "messages/mail.py", "lambdas/notifier/requirements.txt"]
)
def test_a_changed_input_gives_another_package(checkout: Path, tmp_path: Path, package: Path, changed: str) -> None:
    with (checkout / changed).open("a") as file:
        file.write("\n# changed\n")

    again = packaging.build(NAME, cache_dir=tmp_path / "cache")
    assert again.parent.name != package.parent.name
    assert (again.read_bytes() == package.read_bytes()) is changed.endswith("requirements.txt")


@pytest.mark.slow
def test_compiled_and_foreign_files_beside_the_sources_change_nothing(checkout: Path, package: Path) -> None:
    function = checkout / "lambdas" / NAME
    (function / "__pycache__").mkdir()
    (function / "__pycache__" / "handler.cpython-311.pyc").write_bytes(b"x")
    (function / "notes.txt").write_text("x")

    assert packaging.build(NAME, cache_dir=package.parents[1]) == package


@pytest.mark.slow
def test_two_builders_at_once_both_get_the_package(package: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: packaging.build(NAME, cache_dir=tmp_path), range(2))

    assert first == second
    assert first.read_bytes() == package.read_bytes()
    assert [path.name for path in first.parent.iterdir()] == [f"{NAME}.zip"]


@pytest.mark.slow
def test_the_package_is_for_lambdas_processor_and_leaves_out_what_the_runtime_brings(package: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        entries = archive.infolist()
    names = [entry.filename for entry in entries]
    tag = PYTHON_VERSION.replace(".", "")

    assert names == sorted(names)
    assert {"handler.py", "lambdas/notifier/app.py", "messages/mail.py", "aws_lambda_powertools/__init__.py"} <= set(
        names
    )
    assert [name for name in names if name.endswith(".so")] == [f"wrapt/_wrappers.cpython-{tag}-aarch64-linux-gnu.so"]
    assert not [name for name in names if name.startswith("lambdas/packaging")]
    assert not {"boto3", "botocore", "bin", "__init__.py", "requirements.txt"} & {name.split("/")[0] for name in names}
    assert not [name for name in names if name.endswith((".pyc", "/RECORD", "/INSTALLER", ".lock"))]
    assert any("/licenses/" in name for name in names)
    assert {(entry.date_time, entry.external_attr >> 16, entry.compress_type) for entry in entries} == {
        ((1980, 1, 1, 0, 0, 0), 0o100644, zipfile.ZIP_STORED)
    }


def test_the_requirements_are_compiled_for_the_functions_python() -> None:
    header = (ROOT / "lambdas" / NAME / "requirements.txt").read_text(encoding="utf-8")
    assert f"--python-version {PYTHON_VERSION} " in header


def test_a_wheel_with_another_hash_than_the_pinned_one_is_refused(checkout: Path, tmp_path: Path) -> None:
    (checkout / "lambdas" / NAME / "requirements.txt").write_text(f"jmespath==1.1.0 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(packaging.PackagingError, match="do not use the wheel before you know who changed it"):
        packaging.build(NAME, cache_dir=tmp_path / "cache")
    assert not list((tmp_path / "cache").rglob("*.zip"))
    assert not list((tmp_path / "cache").rglob(".build-*"))


def test_without_network_and_cache_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))

    with pytest.raises(packaging.PackagingError, match="Without a network: build where there is one") as caught:
        packaging.build(NAME, cache_dir=tmp_path / "cache")
    assert "aws-lambda-powertools" in str(caught.value)


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(packaging.PackagingError, match="set MLOPS_INFRA_CACHE to a directory that can be written"):
        packaging.build(NAME, cache_dir=tmp_path / "file")


@pytest.mark.slow
def test_a_package_that_lambda_would_not_take_is_refused(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packaging, "_LARGEST_ZIP", 1000)

    with pytest.raises(packaging.PackagingError, match="Lambda takes at most 1000"):
        packaging.build(NAME, cache_dir=tmp_path / "cache")


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"MLOPS_INFRA_CACHE": "/somewhere/else"}, "/somewhere/else/lambda"),
        ({"XDG_CACHE_HOME": "/xdg"}, "/xdg/mlops-infra/lambda"),
        ({"HOME": "/home/ana"}, "/home/ana/.cache/mlops-infra/lambda"),
        ({"HOME": "/home/ana", "MLOPS_INFRA_CACHE": "~/c"}, "/home/ana/c/lambda"),
    ],
)
def test_the_cache_lies_outside_of_the_checkout(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str
) -> None:
    for name in ("MLOPS_INFRA_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert packaging.default_cache_dir() == Path(expected)


def run(*arguments: str, cache: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lambdas.packaging", *arguments],
        cwd=ROOT,
        env={**os.environ, "MLOPS_INFRA_CACHE": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_command_prints_path_and_digest(tmp_path: Path, package: Path) -> None:
    result = run(NAME, cache=tmp_path)

    path, digest = result.stdout.split()
    assert Path(path).read_bytes() == package.read_bytes()
    assert digest.startswith("sha256:")


@pytest.mark.slow
def test_the_command_names_a_function_that_is_not_there(tmp_path: Path) -> None:
    result = run("nonesuch", cache=tmp_path)

    assert result.returncode == 1
    assert "there is no function 'nonesuch'" in result.stderr
    assert f"expected one of: {NAME}" in result.stderr
