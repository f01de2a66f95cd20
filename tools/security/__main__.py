"""Let tools of others judge the stack, and compare what they find with what is explained: `make security`.

Without an argument, what the program registers for the committed stack files is judged, without an account. With a
stack's name it is that stack as it is deployed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from settings.load import InvalidSettingsError, read
from tools.cloudformation.resources import ExportError
from tools.security.explanations import EXPLANATIONS
from tools.security.findings import compare
from tools.security.report import render
from tools.security.scanners import ScannerError, export, scan
from tools.security.stacks import Stack, committed_stacks, deployed_stack, stack_of_state
from tools.toolchain.errors import SetupError
from tools.toolchain.workspace import REPOSITORY, Workspace


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0 where everything found is explained and every explanation needed, else 1."""
    parser = argparse.ArgumentParser(prog="make security", description=__doc__)
    parser.add_argument("--stack", default="", help="a deployed stack, whose state the Pulumi CLI exports")
    parser.add_argument("--state", type=Path, help="a file that `pulumi stack export` wrote, of that stack")
    options = parser.parse_args(arguments)
    if options.state and not options.stack:
        parser.error("--state takes --stack, whose settings say what the stack's own names are")
    try:
        stacks = _stacks(options.stack, options.state)
        with tempfile.TemporaryDirectory() as directory:
            findings = scan(export(stacks, Path(directory)), Workspace())
    except (SetupError, ScannerError, ExportError, InvalidSettingsError) as error:
        sys.stderr.write(f"security: {error}\n")
        return 1
    except subprocess.CalledProcessError as error:
        return error.returncode
    verdict = compare(chain.from_iterable(findings.values()), EXPLANATIONS)
    if options.stack:
        # One stack needs not all explanations: it may lack optional parts.
        verdict = replace(verdict, stale=())
    sys.stdout.write(render(verdict, sorted(findings)) + "\n")
    return 1 if verdict.unexplained or verdict.stale else 0


def _stacks(name: str, state: Path | None) -> list[Stack]:
    if not name:
        return committed_stacks()
    if state is None:
        return [deployed_stack(name)]
    return [stack_of_state(json.loads(state.read_text(encoding="utf-8")), read(name, REPOSITORY))]


if __name__ == "__main__":
    sys.exit(main())
