"""The programs in `.local/bin`: Pulumi's wrapper and the stand-in provider's plugins."""

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
    if shutil.which("pulumi-language-python", path=_search_path(layout)) is None:
        from local.language_host.launcher import install_launcher

        install_launcher(layout.bin, Path(sys.executable))


def _search_path(layout: Layout) -> str:
    from local.pulumi_cli import real_cli

    cli = real_cli(layout)
    return str(cli.parent) if cli else ""


def _write(layout: Layout, name: str, module: str, *arguments: str) -> None:
    code = _RUN_MODULE.format(root=str(ROOT), argv=[module, *arguments], module=module)
    script = (
        "#!/bin/sh\n"
        f"export {STATE_DIR_VARIABLE}={shlex.quote(str(layout.state_dir))}\n"
        # -I: neither the working directory nor the caller's PYTHONPATH decides what is imported.
        f'exec {shlex.quote(sys.executable)} -I -c {shlex.quote(code)} "$@"\n'
    )
    path = layout.bin / name
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)
