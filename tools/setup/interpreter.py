"""Choice of the Python interpreter. Keeps to Python 3.6 syntax, since it is what runs before the version is known."""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
NEWEST_TESTED = (3, 13)
CANDIDATES = ("python3.13", "python3.12", "python3.11")


def use_supported_interpreter(args: "list[str]") -> None:
    """Return when the running Python is supported, else start the set-up again on one that is, or exit with 1."""
    if sys.version_info[:2] >= OLDEST:
        return
    running = f"Python {version_text(sys.version_info[:3])} ({sys.executable})"
    for name in CANDIDATES:
        path = working_interpreter(name)
        if path:
            sys.stderr.write(f"setup: {running} is too old, using {path}\n")
            sys.stderr.flush()
            os.execv(path, [path, "-m", "tools.setup"] + args)  # noqa: S606 the same program, on another Python
    sys.stderr.write(
        f"setup: found {running}, but Python {version_text(OLDEST)} or newer is needed, and none of"
        f" {', '.join(CANDIDATES)} on the PATH runs.\n"
        f"Install one, for instance Python {version_text(NEWEST_TESTED)}, and run `make PYTHON=/path/to/it setup`.\n"
    )
    sys.exit(1)


def working_interpreter(name: str) -> str:
    """Return the interpreter behind a command name, or "": version managers put commands on PATH that refuse to run."""
    command = shutil.which(name)
    if not command:
        return ""
    probe = [command, "-c", "import sys; print(sys.executable)"]
    try:
        output = subprocess.check_output(probe, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return output.decode().strip()


def version_text(version: "tuple[int, ...]") -> str:
    """Return the dotted form of a version tuple."""
    return ".".join(str(part) for part in version)
