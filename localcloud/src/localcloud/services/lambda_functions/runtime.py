"""What Python functions can import, and what they leave behind on this machine."""

import importlib.util
import shlex
import shutil
import sys
from pathlib import Path

from localcloud.emulator import functions

# What AWS's Python runtimes bring along (Lambda developer guide, "Runtime-included SDK versions").
_RUNTIME_MODULES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")

# The X-Ray SDK makes this folder, at this fixed path, wherever it finds itself in Lambda.
_XRAY_FOLDER = Path("/tmp/.aws-xray")  # noqa: S108
_XRAY_FOLDER_WAS_THERE = _XRAY_FOLDER.exists()


def isolate_runtime(folder: Path) -> None:
    """Let Python functions import their own package, the standard library and boto3, and nothing else.

    The emulator would run them with the packages of this process's environment, where a zip that lacks its dependencies
    works. `folder` is created, for what the functions' interpreter needs.
    """
    packages = folder / "packages"
    packages.mkdir(parents=True)
    for name in _RUNTIME_MODULES:
        spec = importlib.util.find_spec(name)
        if spec and spec.origin:
            source = Path(spec.origin) if not spec.submodule_search_locations else Path(spec.origin).parent
            (packages / source.name).symlink_to(source)
    launcher = folder / "python"
    launcher.write_text(
        f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(packages))} exec {shlex.quote(sys.executable)} -S "$@"\n',
        encoding="utf-8",
    )
    launcher.chmod(0o755)
    functions.run_python_with(launcher)


def stop() -> None:
    """End the processes of all functions and remove what they leave on disk."""
    functions.end_processes()
    if not _XRAY_FOLDER_WAS_THERE:
        shutil.rmtree(_XRAY_FOLDER, ignore_errors=True)
