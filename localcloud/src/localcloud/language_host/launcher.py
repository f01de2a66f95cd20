"""The executable `pulumi-language-python` that the engine looks for on PATH; standard library only."""

import shlex
from pathlib import Path

NAME = "pulumi-language-python"


def install_launcher(bin_dir: Path, python: Path) -> Path:
    """Writes the launcher into `bin_dir` and returns its path; `python` is an interpreter that has the Pulumi SDK."""
    bin_dir.mkdir(parents=True, exist_ok=True)
    launcher = bin_dir / NAME
    partial = bin_dir / f".{NAME}.partial"
    # -P: neither the engine's working directory nor the program's decides which host is imported.
    # A shell script, since the interpreter's path may be longer, or hold more blanks, than a first line may
    script = f'#!/bin/sh\nexec {shlex.quote(str(python))} -P -m localcloud.language_host "$@"\n'
    partial.write_text(script, encoding="utf-8")
    partial.chmod(0o755)
    partial.rename(launcher)
    return launcher
