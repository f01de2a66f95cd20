"""The executable `pulumi-language-python` that the engine looks for on PATH; standard library only."""

import shlex
from pathlib import Path

NAME = "pulumi-language-python"
REPOSITORY = Path(__file__).resolve().parents[2]

# The host is found in this checkout whatever the engine's working directory holds, and leaves the checkout off the path
# of the programs that it runs: theirs starts with their own directory.
CODE = (
    "import sys; sys.path.insert(0, {root!r}); from local.language_host.__main__ import main; "
    "sys.path.remove({root!r}); main()"
)


def install_launcher(bin_dir: Path, python: Path) -> Path:
    """Writes the launcher into `bin_dir` and returns its path; `python` is an interpreter that has the Pulumi SDK."""
    bin_dir.mkdir(parents=True, exist_ok=True)
    launcher = bin_dir / NAME
    partial = bin_dir / f".{NAME}.partial"
    code = CODE.format(root=str(REPOSITORY))
    # a shell script, since the interpreter's path may be longer, or hold more blanks, than a first line may
    script = f'#!/bin/sh\nexec {shlex.quote(str(python))} -P -c {shlex.quote(code)} "$@"\n'
    partial.write_text(script, encoding="utf-8")
    partial.chmod(0o755)
    partial.rename(launcher)
    return launcher
