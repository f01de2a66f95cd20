"""The executable `pulumi-language-python` that the engine looks for on PATH; standard library only."""

import shlex
from pathlib import Path

NAME = "pulumi-language-python"
REPOSITORY = Path(__file__).resolve().parents[2]

SCRIPT = """\
#!/bin/sh
PYTHONPATH={root}${{PYTHONPATH:+:$PYTHONPATH}} exec {python} -m local.language_host "$@"
"""


def install_launcher(bin_dir: Path, python: Path) -> Path:
    """Writes the launcher into `bin_dir` and returns its path; `python` is an interpreter that has the Pulumi SDK."""
    bin_dir.mkdir(parents=True, exist_ok=True)
    launcher = bin_dir / NAME
    partial = bin_dir / f".{NAME}.partial"
    # a shell script, since the interpreter's path may be longer, or hold more blanks, than a first line may
    partial.write_text(
        SCRIPT.format(root=shlex.quote(str(REPOSITORY)), python=shlex.quote(str(python))), encoding="utf-8"
    )
    partial.chmod(0o755)
    partial.rename(launcher)
    return launcher
