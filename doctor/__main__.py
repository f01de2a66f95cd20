"""`python -m doctor --stack dev`: says what stops the first `pulumi up`, or what follows it, each with its remedy.

Exit codes: 0 nothing stops `up`, 1 something does, 2 wrong flags, 130 interrupted.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from bootstrap.errors import BootstrapError
from bootstrap.target import Target, clients_of
from doctor import machine
from doctor.examination import Finding, Status, examine, lacking, no_credentials, ok
from doctor.probes import probes
from tools.toolchain.workspace import Workspace

_STYLES: dict[Status, str] = {"ok": "green", "warning": "yellow", "lacking": "red", "not checked": "dim"}


def findings(stack: str, directory: Path, workspace: Workspace) -> Iterator[Finding]:
    """Yield everything that is known of a stack of a directory, in the order in which it is worth being repaired."""
    yield from machine.tools(workspace)
    try:
        target = Target.read(stack, directory)
    except BootstrapError as error:
        yield lacking(
            f"Pulumi.{stack}.yaml",
            str(error).removesuffix("."),
            "correct or add the file: docs/configuration.md has every key",
        )
        return
    yield ok(
        f"Pulumi.{stack}.yaml", f"{target.deployment.prefix} in {target.deployment.region}, which has its services"
    )
    try:
        clients = clients_of(target.deployment.region)
    except BootstrapError as error:
        yield no_credentials(error)
        return
    yield from examine(target, clients, probes(stack, directory))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    arguments = _parser().parse_args(argv)
    console, counts = Console(), dict.fromkeys(_STYLES, 0)
    try:
        for finding in findings(arguments.stack, Path.cwd(), Workspace()):
            counts[finding.status] += 1
            _print(console, finding)
    except KeyboardInterrupt:
        return 130
    lacks = counts["lacking"]
    verdict = f"{lacks} of these {'stops' if lacks == 1 else 'stop'} `up`" if lacks else "Nothing here stops `up`"
    console.print(f"{verdict}; {counts['warning']} warnings, {counts['not checked']} not checked.", highlight=False)
    return 1 if lacks else 0


def _print(console: Console, finding: Finding) -> None:
    style = _STYLES[finding.status]
    remedy = f". [bold]To do:[/bold] {escape(finding.remedy)}" if finding.remedy else ""
    line = f"  [{style}]{finding.status:<12}[/{style}] {escape(finding.subject)}: {escape(finding.text)}{remedy}"
    console.print(line, highlight=False, soft_wrap=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m doctor", description="Say what an account lacks before a stack's first `up`, with the remedies."
    )
    parser.add_argument("--stack", required=True, help="the environment: its file is Pulumi.STACK.yaml")
    return parser


if __name__ == "__main__":
    sys.exit(main())
