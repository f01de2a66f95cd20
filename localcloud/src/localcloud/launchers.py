"""The programs in `.local/bin`: Pulumi's wrapper, the stand-in provider's plugins, and what only builds have."""

import shlex
import shutil
import sys
from pathlib import Path

from localcloud.layout import STATE_DIR_VARIABLE, Layout
from localcloud.options import Options
from localcloud.pulumi_cli.wrapper import real_cli


def write_launchers(layout: Layout, options: Options) -> None:
    """Write the launchers; every start refreshes them."""
    _write(layout, "pulumi", "localcloud.pulumi_cli.wrapper")
    _write(layout, "pulumi-resource-aws", "localcloud.provider", "aws")
    _write(layout, "pulumi-resource-aws-native", "localcloud.provider", "aws-native")
    cli = real_cli(layout, options.pulumi)
    _write_build_launchers(layout, cli)
    if shutil.which("pulumi-language-python", path=str(cli.parent) if cli else "") is None:
        write_language_host(layout.bin)


def _write_build_launchers(layout: Layout, cli: Path | None) -> None:
    """Write the Python that runs this cloud, and the real CLI: a job of a pipeline brings its own keys, as on AWS."""
    for name in ("python", "python3"):
        _write_script(layout.build_bin / name, f'exec {shlex.quote(sys.executable)} "$@"')
    if cli:
        _write_script(layout.build_bin / "pulumi", f'exec {shlex.quote(str(cli))} "$@"')


def module_command(layout: Layout, module: str, *arguments: str) -> str:
    """Return shell lines that run a module of this distribution, wherever they are run and whatever PYTHONPATH says."""
    command = [sys.executable, "-I", "-m", module, *arguments]
    return f'export {STATE_DIR_VARIABLE}={shlex.quote(str(layout.state_dir))}\nexec {shlex.join(command)} "$@"'


def _write(layout: Layout, name: str, module: str, *arguments: str) -> None:
    _write_script(layout.bin / name, module_command(layout, module, *arguments))


def _write_script(path: Path, lines: str) -> None:
    # Somebody may be about to run it: a rename leaves the old script or the new one, never half of one.
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
    partial.chmod(0o755)
    partial.rename(path)


def write_language_host(directory: Path) -> None:
    """Write the executable that the engine looks for on PATH; it runs programs with this interpreter."""
    # -P instead of -I: the program may need PYTHONPATH, but neither its directory nor the engine's decides which host
    # is imported.
    command = [sys.executable, "-P", "-m", "localcloud.language_host"]
    _write_script(directory / "pulumi-language-python", f'exec {shlex.join(command)} "$@"')
