"""`python -m bootstrap --stack dev`: creates what an environment needs before its first `pulumi up`, or corrects it.

Exit codes: 0 done, 1 refused or failed (one message on stderr), 2 wrong flags, 130 interrupted.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from bootstrap.commands import apply, destroy
from bootstrap.errors import BootstrapError
from bootstrap.prompt import require_consent
from bootstrap.report import Report
from bootstrap.target import Target, clients_of, require_account


def main(argv: Sequence[str] | None = None, directory: Path | None = None) -> int:
    """Run the command and return its exit code; `directory` is that of the stack files, by default the working one."""
    arguments = _parser().parse_args(argv)
    report = Report(Console(), dry_run=arguments.dry_run)
    try:
        _run(arguments, report, directory or Path.cwd())
    except BootstrapError as error:
        Report(Console(stderr=True), dry_run=arguments.dry_run).error(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _run(arguments: argparse.Namespace, report: Report, directory: Path) -> None:
    target = Target.read(arguments.stack, directory)
    clients = clients_of(target.deployment.region)
    caller = require_account(clients, target)
    report.heading(target, caller)
    if arguments.destroy:
        if not arguments.dry_run and not arguments.yes:
            prefix = target.deployment.prefix
            require_consent(
                f"Remove the state with all versions and access logs, the boundary and the key of {prefix}?"
            )
        outcomes = destroy(clients, target, dry_run=arguments.dry_run)
    else:
        outcomes = apply(clients, target, dry_run=arguments.dry_run)
    for outcome in outcomes:
        report.outcome(outcome)
    if not arguments.destroy and not arguments.dry_run:
        report.next_steps(target)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bootstrap",
        description="Create an environment's state bucket, secrets key and permissions boundary, or correct them.",
    )
    parser.add_argument(
        "--stack",
        "--env",
        required=True,
        help="the environment: its file is Pulumi.STACK.yaml; --env is the older spelling",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be done; needs read access only")
    parser.add_argument("--destroy", action="store_true", help="remove it all; refused while stacks exist")
    parser.add_argument("--yes", action="store_true", help="don't ask before --destroy")
    return parser


if __name__ == "__main__":
    sys.exit(main())
