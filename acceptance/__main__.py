"""`make acceptance STACK=sandbox`: the whole scenario once in an account, and what it proves.

Exit codes: 0 every step has passed, 1 one failed or was refused, 2 wrong flags, 130 interrupted. Whatever happens, the
last lines say what is there, and how to remove it; the same command goes on where this one has stopped.
"""

import argparse
import math
import shutil
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from acceptance import claims
from acceptance.operator import Operator
from acceptance.progress import FOLDER, OtherPlaceError, Place, Progress
from acceptance.report import Report
from acceptance.steps import STEPS, AcceptanceError, Run, Step, left
from bootstrap.errors import BootstrapError
from bootstrap.prompt import require_consent
from bootstrap.target import Target, require_account
from delivery.job import DeliveryError
from demo import DemoError
from demo.timeline import Timeline
from tools.toolchain import plugins, versions
from tools.toolchain.errors import SetupError
from tools.toolchain.login import LOCAL_STACK
from tools.toolchain.workspace import Workspace

_ON_AWS = """It takes about an hour and a half, most of it in CodeBuild and SageMaker, and costs below 2 dollars:
builds 0.5, three jobs of `ml.m5.large` 0.1, two KMS keys while they last, the rest cents; QuickSight costs by its
users."""
_ELSEWHERE = "It takes some minutes and costs nothing: nothing of it is on AWS."
_CREATED = "It creates some 160 resources, an ML pipeline, a model version, a queue and a CodeCommit repository."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    arguments = _parser().parse_args(argv)
    try:
        run = _open(arguments, Path.cwd())
    except (BootstrapError, OtherPlaceError, AcceptanceError, SetupError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    code = 1
    try:
        code = _run_all(run, keep=arguments.keep)
    except KeyboardInterrupt:
        code = 130
    finally:
        _write(run)
        _tell_what_is_there(run, arguments.keep)
    return code


def _open(arguments: argparse.Namespace, directory: Path) -> Run:
    target = Target.read(arguments.stack, directory)
    if target.settings.delivery.source.provider != "codecommit":
        raise AcceptanceError("the run delivers through CodeCommit: name it in the sandbox's delivery.source")
    if target.deployment.removal_protection:
        raise AcceptanceError("the run destroys what it creates: set the sandbox's operations.removalProtection: false")
    operator = Operator.of_this_process(target.deployment)
    caller = require_account(operator, target)
    if arguments.stack == LOCAL_STACK and not caller.endswith(":root"):
        raise AcceptanceError(
            f"{caller} may not do all of it. As the local cloud's administrator: "
            """eval "$(make -s local-env ARGS='--principal root')\""""
        )
    place = Place(
        stack=arguments.stack,
        account_id=target.deployment.account_id,
        region=target.deployment.region,
        endpoint=operator.endpoint,
    )
    progress = Progress(directory / FOLDER / arguments.stack, place)
    console = Console(highlight=False)
    console.print(f"Stack {arguments.stack} on {place.cloud}, {place.region}, as {caller}.", soft_wrap=True)
    console.print(f"{_ELSEWHERE if place.endpoint else _ON_AWS} {_CREATED}", soft_wrap=True)
    if not arguments.yes:
        require_consent("Begin?")
    cli = shutil.which("pulumi", path=operator.environment["PATH"])
    if cli:
        plugins.install(Workspace(), Path(cli))
    return Run(
        target=target,
        operator=operator,
        progress=progress,
        timeline=Timeline(console),
        directory=directory,
        poll_seconds=arguments.poll,
    )


def _run_all(run: Run, *, keep: bool) -> int:
    for step in STEPS:
        if run.progress.is_over(step.name):
            run.timeline.note(f"{step.name}: done before, at {run.progress.records[step.name].finished}")
        elif step.ends and keep:
            run.timeline.note(f"{step.name}: left out, as --keep says")
        elif not step.applies(run):
            run.progress.write(step.name, "not applicable", 0, "the settings have nothing of it")
        elif not _passes(run, step):
            return 1
    return 0


def _passes(run: Run, step: Step) -> bool:
    began, run.text = time.monotonic(), ""
    try:
        if step.shows_itself:
            run.timeline.title(step.text)
            step.run(run, lambda _: None)
        else:
            with run.timeline.step(step.text) as shown:
                step.run(run, shown.update)
                shown.result = run.text
    except (DemoError, DeliveryError, BootstrapError, ClientError, BotoCoreError) as error:
        run.progress.write(step.name, "failed", time.monotonic() - began, str(error))
        print(f"error: {step.name}: {error}", file=sys.stderr)
        return False
    run.progress.write(step.name, "passed", time.monotonic() - began, run.text)
    return True


def _write(run: Run) -> None:
    packages = {name: version(name) for name in ("pulumi", "pulumi-aws", "pulumi-aws-native", "boto3")}
    report = Report(
        progress=run.progress,
        rows=claims.rows(run.progress, claims.claims()),
        versions={"Pulumi CLI": versions.text_of(versions.PULUMI_PINNED), **packages},
        steps=[step.name for step in STEPS],
    )
    report.write(run.progress.folder)
    for row in report.rows:
        if row.verdict == "failed":
            print(f"failed: {row.claim}: {row.text}")
    run.timeline.note(f"report: {run.progress.folder / 'acceptance.md'}")


def _tell_what_is_there(run: Run, keep: bool) -> None:
    stack = run.name
    if not run.progress.is_over("left"):
        try:
            names = left(run)
        except (ClientError, BotoCoreError) as error:
            names = [f"unknown: {error}"]
        print(f"There now: {', '.join(names) or 'nothing of the stack'}.")
        if names:
            print(f"To go on, and destroy it in the end: make acceptance STACK={stack}" + (" (without --keep)" * keep))
            print(f"To remove it by hand: make down STACK={stack}; docs/operations.md says what that refuses.")
    print(f"The bootstrap stays for the next run: make bootstrap STACK={stack} ARGS=--destroy removes it.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m acceptance", description="Run the whole scenario in a sandbox.")
    parser.add_argument("--stack", required=True, help="the sandbox: its file is Pulumi.STACK.yaml")
    parser.add_argument("--yes", action="store_true", help="don't ask before beginning")
    parser.add_argument("--keep", action="store_true", help="don't destroy the stack in the end")
    parser.add_argument("--poll", type=_seconds, default=10.0, metavar="SECONDS", help="between two looks at AWS")
    return parser


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < math.inf:
        raise argparse.ArgumentTypeError(f"given {text!r}, expected a number of seconds above 0")
    return seconds


if __name__ == "__main__":
    sys.exit(main())
