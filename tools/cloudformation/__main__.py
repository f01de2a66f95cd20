"""Print the CloudFormation template of a deployed stack: `python -m tools.cloudformation --stack dev > template.json`.

Without `--stack`, the state comes from a file or from standard input, as `pulumi stack export` prints it.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from tools.cloudformation.resources import ExportError, resources_of_state
from tools.cloudformation.template import template_of


def main(arguments: list[str] | None = None) -> None:
    """Print the template, or what the table doesn't know."""
    parser = argparse.ArgumentParser(prog="python -m tools.cloudformation", description=__doc__)
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--stack", help="export the state of this stack with the Pulumi CLI that the set-up found")
    source.add_argument("state", nargs="?", type=Path, help="a file that `pulumi stack export` wrote")
    options = parser.parse_args(arguments)
    try:
        template = template_of(resources_of_state(json.loads(_state(options.stack, options.state))))
    except ExportError as error:
        sys.exit(str(error))
    print(json.dumps(template, indent=2))


def _state(stack: str | None, file: Path | None) -> str:
    if stack is not None:
        command = [sys.executable, "-m", "tools.pulumi", "stack", "export", "--stack", stack]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return file.read_text(encoding="utf-8") if file is not None else sys.stdin.read()


if __name__ == "__main__":
    main()
