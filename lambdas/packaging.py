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
from collections.abc import Iterator
from pathlib import Path

import pulumi
import uv

_HERE = Path(__file__).parent
_PYTHON_VERSION = "3.13"
_PLATFORM = "aarch64-manylinux_2_28"  # arm64 on Amazon Linux 2023 (glibc 2.34), which the runtime is built on
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that the zip format knows
_FILE_MODE = stat.S_IFREG | 0o644
_LARGEST_ZIP = 50 * 1024 * 1024  # Lambda developer guide, "Lambda quotas": zipped, uploaded directly
# Records of the installation, which differ from one to the next. Licences and METADATA (versions) stay.
_INSTALLERS_OWN = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json"})


class PackagingError(pulumi.RunError):
    """The package can't be built; the message says why and what to do, and is all that Pulumi shows."""


def build(name: str, *, cache_dir: Path | None = None) -> Path:
    """The deployment package of the function in directory `name`, from the cache where its inputs have not changed.

    The network is needed only for pinned wheels that uv has not got yet, and not at all where the package is cached.

    Raises:
        PackagingError: there is no such function, its pinned requirements can't be installed, the package is too large,
            or the cache can't be written.
    """
    source = _HERE / name
    if not (source / "requirements.txt").is_file():
        known = ", ".join(sorted(path.parent.name for path in _HERE.glob("*/requirements.txt")))
        raise PackagingError(f"there is no function {name!r} in {_HERE}; expected one of: {known}")
    target = (cache_dir or default_cache_dir()) / _inputs_hash(source) / f"{name}.zip"
    if target.is_file():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Two builders at once work in directories of their own; the later one replaces equal bytes.
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".build-") as scratch:
            _build(source, Path(scratch), target)
    except OSError as error:
        raise PackagingError(
            f"cannot write the package to {target.parent}: {error}; "
            "set MLOPS_INFRA_CACHE to a directory that can be written"
        ) from error
    return target


def default_cache_dir() -> Path:
    """Outside the checkout: MLOPS_INFRA_CACHE, else mlops-infra below the XDG cache directory."""
    override = os.environ.get("MLOPS_INFRA_CACHE")
    base = os.environ.get("XDG_CACHE_HOME")
    default = (Path(base) if base else Path.home() / ".cache") / "mlops-infra"
    return (Path(override).expanduser() if override else default).absolute() / "lambda"


def _inputs_hash(source: Path) -> str:
    """Of everything that decides the bytes: the sources, the pins, and this module."""
    inputs = {"packaging": Path(__file__), "requirements": source / "requirements.txt"}
    inputs |= {path.relative_to(source).as_posix(): path for path in _sources(source)}
    digest = hashlib.sha256()
    for name, path in inputs.items():
        content = path.read_bytes()
        digest.update(f"{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:32]


def _sources(source: Path) -> Iterator[Path]:
    """The function's modules; not the `__init__.py` that only makes the directory a package for tests."""
    for path in _files(source):
        if path.suffix == ".py" and path != source / "__init__.py":
            yield path


def _files(directory: Path) -> list[Path]:
    """All files below a directory but compiled ones, in an order that no file system decides."""
    files = (path for path in directory.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return sorted(files, key=lambda path: path.relative_to(directory).as_posix())


def _build(source: Path, scratch: Path, target: Path) -> None:
    tree = scratch / "tree"
    _install(source / "requirements.txt", tree)
    for path in _sources(source):
        copy = tree / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    made = scratch / "package.zip"
    _zip(tree, made)
    size = made.stat().st_size
    if size > _LARGEST_ZIP:
        raise PackagingError(f"the package of {source.name} has {size} bytes; Lambda takes at most {_LARGEST_ZIP}")
    made.replace(target)


def _install(requirements: Path, tree: Path) -> None:
    """The pinned wheels for Lambda's platform; their hashes make sure that they are always the same."""
    try:
        installer = uv.find_uv_bin()
    except FileNotFoundError as error:
        raise PackagingError("uv is not installed beside this Python; run `make setup`") from error
    command = [
        installer,
        *("pip", "install", "--quiet", "--target", str(tree), "--requirements", str(requirements)),
        *("--python-version", _PYTHON_VERSION, "--python-platform", _PLATFORM, "--only-binary", ":all:"),
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
    """Stored, not deflated: implementations of deflate differ between machines, and with them the bytes."""
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
    """Whether nothing reads it at run time: records of the installation, and scripts that name a local interpreter."""
    installers_own = path.parent.suffix == ".dist-info" and path.name in _INSTALLERS_OWN
    return installers_own or path.parts[0] in {"bin", ".lock"}


def main() -> int:
    """Builds one package from the command line."""
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
