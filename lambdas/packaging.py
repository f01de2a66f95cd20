"""Deployment packages: the same sources and pins give the same bytes, on every machine.

Run as `python -m lambdas.packaging NAME` to build one and print its path and SHA-256.
"""

import argparse
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pulumi
import uv

from contract.lambda_runtime import PYTHON_VERSION

_ROOT = Path(__file__).parents[1]
SHARED = ("contract", "messages")
"""Packages of the project that functions import, and that travel in their zips."""
_PLATFORM = "aarch64-manylinux_2_28"  # arm64 on Amazon Linux 2023 (glibc 2.34), which the runtime is built on
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that the zip format knows
_FILE_MODE = stat.S_IFREG | 0o644
_LARGEST_ZIP = 50 * 1024 * 1024  # Lambda developer guide, "Lambda quotas": zipped, uploaded directly
# Records of the installation, which differ from one to the next. Licences and METADATA (versions) stay.
_RECORDS = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json"})


class PackagingError(pulumi.RunError):
    """The package can't be built; the message says why and what to do, and is all that Pulumi shows."""


def build(name: str, *, cache_dir: Path | None = None) -> Path:
    """Build the deployment package of a function, or return the cached one where its inputs have not changed.

    The zip holds the function and the shared packages under the names that they have in the repository, the pinned
    requirements beside them, and the function's `handler.py` at the root: the handler is `handler.handler`. The network
    is needed only for pinned wheels that uv does not have yet, and not at all where the package is cached.

    Args:
        name: the function's directory in `lambdas/`.
        cache_dir: where packages are kept; `default_cache_dir()` where it is left out.

    Raises:
        PackagingError: there is no such function, its pinned requirements can't be installed, the package is too large,
            or the cache can't be written.
    """
    functions = _ROOT / "lambdas"
    requirements = functions / name / "requirements.txt"
    if not requirements.is_file():
        known = ", ".join(sorted(path.parent.name for path in functions.glob("*/requirements.txt")))
        raise PackagingError(f"there is no function {name!r} in {functions}; expected one of: {known}")
    sources = _sources(name)
    target = (cache_dir or default_cache_dir()) / _inputs_hash(sources, requirements) / f"{name}.zip"
    if target.is_file():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Two builders at once work in directories of their own; the later one replaces equal bytes.
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".build-") as scratch:
            _build(sources, requirements, Path(scratch), target)
    except OSError as error:
        raise PackagingError(
            f"cannot write the package to {target.parent}: {error}; "
            "set MLOPS_INFRA_CACHE to a directory that can be written"
        ) from error
    return target


def default_cache_dir() -> Path:
    """Return the cache outside the checkout: MLOPS_INFRA_CACHE, else mlops-infra below the XDG cache directory."""
    override = os.environ.get("MLOPS_INFRA_CACHE")
    base = os.environ.get("XDG_CACHE_HOME")
    default = (Path(base) if base else Path.home() / ".cache") / "mlops-infra"
    return (Path(override).expanduser() if override else default).absolute() / "lambda"


def _inputs_hash(sources: Mapping[str, Path], requirements: Path) -> str:
    """Hash everything that decides the bytes: the sources, the pins, and this module."""
    inputs = {"packaging": Path(__file__), "requirements": requirements, **sources}
    digest = hashlib.sha256()
    for name, path in inputs.items():
        content = path.read_bytes()
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:32]


def _sources(name: str) -> dict[str, Path]:
    """Return the modules of the function and of the shared packages by their path in the zip."""
    function = _ROOT / "lambdas" / name
    modules = [_ROOT / "lambdas" / "__init__.py", *_modules(function)]
    modules += [module for package in SHARED for module in _modules(_ROOT / package)]
    sources = {module.relative_to(_ROOT).as_posix(): module for module in modules}
    sources["handler.py"] = sources.pop(f"lambdas/{name}/handler.py")
    return sources


def _modules(package: Path) -> list[Path]:
    return [path for path in _files(package) if path.suffix == ".py"]


def _files(directory: Path) -> list[Path]:
    """Return all files below a directory but compiled ones, in an order that no file system decides."""
    files = (path for path in directory.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(files, key=lambda path: path.relative_to(directory).as_posix())


def _build(sources: Mapping[str, Path], requirements: Path, scratch: Path, target: Path) -> None:
    tree = scratch / "tree"
    _install(requirements, tree)
    for name, path in sources.items():
        copy = tree / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    package = scratch / "package.zip"
    _zip(tree, package)
    size = package.stat().st_size
    if size > _LARGEST_ZIP:
        raise PackagingError(f"the package of {target.stem} has {size} bytes; Lambda takes at most {_LARGEST_ZIP}")
    package.replace(target)


def _install(requirements: Path, tree: Path) -> None:
    """Install the pinned wheels for Lambda's platform; their hashes make sure that they are always the same."""
    try:
        installer = uv.find_uv_bin()
    except FileNotFoundError as error:
        raise PackagingError("uv is not installed beside this Python; run `make setup`") from error
    command = [
        installer,
        *("pip", "install", "--quiet", "--target", str(tree), "--requirements", str(requirements)),
        *("--python-version", PYTHON_VERSION, "--python-platform", _PLATFORM, "--only-binary", ":all:"),
        *("--no-deps", "--require-hashes", "--no-compile-bytecode", "--link-mode", "copy"),
        *("--python", sys.executable, "--no-python-downloads"),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise PackagingError(
            f"cannot install {requirements} for {_PLATFORM}:\n{result.stderr.strip()}\n"
            "Without a network: build where there is one, and copy the cache. With another hash than the pinned one: "
            "do not use the wheel before you know who changed it; then compile the file again, as its first lines say."
        )


def _zip(tree: Path, target: Path) -> None:
    """Write the tree as a zip, stored: implementations of deflate differ between machines, and with them the bytes."""
    with target.open("wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for path in _files(tree):
                if not _is_leftover(path.relative_to(tree)):
                    entry = zipfile.ZipInfo(path.relative_to(tree).as_posix(), _EPOCH)
                    entry.create_system = 3
                    entry.external_attr = _FILE_MODE << 16
                    archive.writestr(entry, path.read_bytes())
        file.flush()
        os.fsync(file.fileno())


def _is_leftover(path: Path) -> bool:
    """Return whether nothing reads it at run time: records of the installation, scripts that name an interpreter."""
    is_record = path.parent.suffix == ".dist-info" and path.name in _RECORDS
    return is_record or path.parts[0] in {"bin", ".lock"}


def main() -> int:
    """Build one package from the command line and print its path and SHA-256."""
    parser = argparse.ArgumentParser(prog="python -m lambdas.packaging", description="Build a deployment package.")
    parser.add_argument("name", help="the function's directory in lambdas/")
    try:
        path = build(parser.parse_args().name)
    except PackagingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{path} sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
