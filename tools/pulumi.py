"""Run the Pulumi CLI that the set-up found, for a stack on AWS: `python -m tools.pulumi preview --stack dev`.

With `--path` alone, print where it is.
"""

import json
import os
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

from tools.toolchain.workspace import Workspace


def main() -> None:
    """Become the CLI; its language host is put on PATH where it brings none."""
    workspace = Workspace()
    try:
        setup = json.loads((workspace.local / "setup.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        sys.exit("there is no Pulumi CLI for this clone yet: run `make setup`")
    if sys.argv[1:] == ["--path"]:
        print(setup["pulumi"])
        return
    if ("--stack", "local") in pairwise(sys.argv):
        sys.exit(
            'stack local is on the local cloud: `make local-up`, then `eval "$(make -s local-env)"`, then'
            " `pulumi preview --stack local`"
        )
    if "--stack" in sys.argv and not _is_logged_in(os.environ):
        sys.stderr.write("nobody is logged in to a state backend: `make bootstrap STACK=...` prints the command\n")
    hosts = [str(workspace.host_launchers)] if setup["language_host"] == "fallback" else []
    os.environ["PATH"] = os.pathsep.join([*hosts, os.environ.get("PATH", os.defpath)])
    os.execv(setup["pulumi"], [setup["pulumi"], *sys.argv[1:]])  # noqa: S606 the point of this command


def _is_logged_in(environ: Mapping[str, str]) -> bool:
    """Return whether the CLI will find a login ("Environment variables", Pulumi docs; what `pulumi login` writes)."""
    if environ.get("PULUMI_BACKEND_URL") or environ.get("PULUMI_ACCESS_TOKEN"):
        return True
    folder = environ.get("PULUMI_CREDENTIALS_PATH") or environ.get("PULUMI_HOME") or Path.home() / ".pulumi"
    try:
        return bool(json.loads((Path(folder) / "credentials.json").read_text(encoding="utf-8")).get("current"))
    except (OSError, ValueError):
        return False


if __name__ == "__main__":
    main()
