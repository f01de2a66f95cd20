"""Run the Pulumi CLI that the set-up found, for a stack on AWS: `python -m tools.pulumi preview --stack dev`.

The plugins that the command needs are verified first, and the engine gets none by itself. A preview or deployment has
to keep the rules of `policy/`. With `--path` alone, print
where the CLI is.
"""

import json
import os
import sys
from itertools import pairwise
from pathlib import Path
from typing import Final

from tools.toolchain import plugins
from tools.toolchain.errors import SetupError
from tools.toolchain.login import how_to_log_in, is_logged_in
from tools.toolchain.workspace import Workspace

_WITH_PROVIDERS: Final = frozenset(
    {"preview", "pre", "up", "update", "destroy", "down", "dn", "refresh", "import", "watch"}
)
_UNDER_POLICIES: Final = frozenset({"preview", "pre", "up", "update"})


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
    stack = next((value for flag, value in pairwise(sys.argv) if flag == "--stack"), None)
    if stack == "local":
        sys.exit(f"{how_to_log_in(stack)}, then `pulumi preview --stack local`")
    if stack and not is_logged_in(os.environ):
        sys.stderr.write(f"{how_to_log_in(stack)}\n")
    if _WITH_PROVIDERS.intersection(sys.argv[1:]):
        try:
            plugins.install(workspace, Path(setup["pulumi"]))
        except SetupError as error:
            sys.exit(str(error))
    os.environ.update(plugins.engine_variables(tools_from_path=workspace.tools_from_path))
    hosts = [str(workspace.host_launchers)] if setup["language_host"] == "fallback" else []
    os.environ["PATH"] = os.pathsep.join([*hosts, os.environ.get("PATH", os.defpath)])
    pack = ["--policy-pack", str(workspace.root / "policy")] if _UNDER_POLICIES.intersection(sys.argv[1:2]) else []
    os.execv(setup["pulumi"], [setup["pulumi"], *sys.argv[1:], *pack])  # noqa: S606 the point of this command


if __name__ == "__main__":
    main()
