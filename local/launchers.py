"""The programs in `.local/bin`: Pulumi's wrapper, the stand-in provider's plugins, and what only builds have."""

import shlex
import shutil
import sys
from pathlib import Path

from local.layout import ROOT, STATE_DIR_VARIABLE, Layout

_RUN_MODULE = (
    "import runpy, sys; sys.path.insert(0, {root!r}); sys.argv[:1] = {argv!r}; "
    "runpy.run_module({module!r}, run_name='__main__', alter_sys=True)"
)


def write_launchers(layout: Layout) -> None:
    """Writes the launchers; every start refreshes them."""
    _write(layout, "pulumi", "local.pulumi_cli")
    _write(layout, "pulumi-resource-aws", "local.provider", "aws")
    _write(layout, "pulumi-resource-aws-native", "local.provider", "aws-native")
    _write_build_launchers(layout)
    if shutil.which("pulumi-language-python", path=_search_path(layout)) is None:
        from local.language_host.launcher import install_launcher

        install_launcher(layout.bin, Path(sys.executable))


def _write_build_launchers(layout: Layout) -> None:
    """The project's Python, and the real CLI: a job of the pipeline brings its own keys, as on AWS."""
    for name in ("python", "python3"):
        _write_script(layout.build_bin / name, f'exec {shlex.quote(sys.executable)} "$@"')
    from local.pulumi_cli import real_cli

    if cli := real_cli(layout):
        _write_script(layout.build_bin / "pulumi", f'exec {shlex.quote(str(cli))} "$@"')


def _search_path(layout: Layout) -> str:
    from local.pulumi_cli import real_cli

    cli = real_cli(layout)
    return str(cli.parent) if cli else ""


def module_command(layout: Layout, module: str, *arguments: str) -> str:
    """Shell lines that run a module of this project, wherever they are run and whatever PYTHONPATH says."""
    code = _RUN_MODULE.format(root=str(ROOT), argv=[module, *arguments], module=module)
    return (
        f"export {STATE_DIR_VARIABLE}={shlex.quote(str(layout.state_dir))}\n"
        # -I: neither the working directory nor the caller's PYTHONPATH decides what is imported.
        f'exec {shlex.quote(sys.executable)} -I -c {shlex.quote(code)} "$@"'
    )


def _write(layout: Layout, name: str, module: str, *arguments: str) -> None:
    _write_script(layout.bin / name, module_command(layout, module, *arguments))


def _write_script(path: Path, lines: str) -> None:
    path.write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
    path.chmod(0o755)
