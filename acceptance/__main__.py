"""`make acceptance STACK=sandbox`: the whole scenario once in an account, and what it proves.

Exit codes: 0 every step has passed, 1 one failed or was refused, 2 wrong flags, 130 interrupted. Whatever happens, the
last lines say what is there, and how to remove it; the same command goes on where this one has stopped.
"""

import argparse
import math
import shutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from acceptance import claims
from acceptance.operator import Operator
from acceptance.progress import FOLDER, OtherPlaceError, Place, Progress
from acceptance.remains import Remnant, remnants, tagged
from acceptance.report import Report
from acceptance.run import AcceptanceError, Run
from acceptance.runner import require_whole, run_steps
from acceptance.steps import STEPS, Step
from bootstrap.errors import BootstrapError
from bootstrap.prompt import require_consent
from bootstrap.target import Target, require_account
from demo.timeline import Timeline
from tools.toolchain import plugins, versions
from tools.toolchain.errors import SetupError
from tools.toolchain.login import LOCAL_STACK
from tools.toolchain.pulumi_cli import pulumi_version
from tools.toolchain.workspace import Workspace

_ON_AWS = """It takes about an hour and a half, most of it in CodeBuild and SageMaker, and costs below 2 dollars:
builds 0.5, three jobs of `ml.m5.large` 0.1, two KMS keys while they last, the rest cents; QuickSight costs by its
users."""
_ELSEWHERE = "It takes some minutes and costs nothing: nothing of it is on AWS."
_POLL_ON_AWS, _POLL_ELSEWHERE = 10.0, 0.5
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
        code = run_steps(run, _asked_for(run, arguments))
    except KeyboardInterrupt:
        code = 130
    finally:
        _write(run)
        _tell_what_is_there(run)
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
    cli = shutil.which("pulumi", path=operator.environment["PATH"])
    progress = Progress(directory / FOLDER / arguments.stack, place, _versions(cli))
    require_whole(progress, destroy=arguments.destroy)
    console = Console(highlight=False)
    console.print(f"Stack {arguments.stack} on {place.cloud}, {place.region}, as {caller}.", soft_wrap=True)
    console.print(f"{_ELSEWHERE if place.endpoint else _ON_AWS} {_CREATED}", soft_wrap=True)
    if not arguments.yes:
        require_consent("Destroy it?" if arguments.destroy else "Begin?")
    if cli:
        plugins.install(Workspace(), Path(cli))
    return Run(
        target=target,
        operator=operator,
        progress=progress,
        timeline=Timeline(console),
        directory=directory,
        poll_seconds=arguments.poll or (_POLL_ELSEWHERE if place.endpoint else _POLL_ON_AWS),
    )


def _versions(cli: str | None) -> dict[str, str]:
    running = pulumi_version(Path(cli)) if cli else None
    packages = {name: version(name) for name in ("pulumi", "pulumi-aws", "pulumi-aws-native", "boto3")}
    return {"Pulumi CLI": versions.text_of(running) if running else "none", **packages}


def _asked_for(run: Run, arguments: argparse.Namespace) -> list[Step]:
    """Return the steps that are to be done now, in order; what was done before is noted."""
    if arguments.destroy:
        return [step for step in STEPS if step.ends]
    steps: list[Step] = []
    for step in STEPS:
        if run.progress.is_over(step.name):
            run.timeline.note(f"{step.name}: done before, at {run.progress.records[step.name].finished}")
        elif step.ends and arguments.keep:
            run.timeline.note(f"{step.name}: left out, as --keep says")
        else:
            steps.append(step)
    return steps


def _write(run: Run) -> None:
    rows = claims.rows(run.progress, claims.claims())
    report = Report(progress=run.progress, rows=rows, steps=[step.name for step in STEPS])
    report.write(run.progress.folder)
    for row in report.rows:
        if row.verdict == "failed":
            print(f"failed: {row.claim}: {row.text}")
    run.timeline.note(f"report: {run.progress.folder / 'acceptance.md'}")


def _tell_what_is_there(run: Run) -> None:
    there = _there_now(run)
    if there:
        print(f"There now: {len(there)} things.")
        for kind in dict.fromkeys(remnant.kind for remnant in there):
            print(f"  {kind}: {', '.join(remnant.name for remnant in there if remnant.kind == kind)}")
        if not run.progress.is_over("destroy"):
            print(f"To go on, and destroy it in the end: make acceptance STACK={run.name}")
        print(f"To remove it now: make acceptance STACK={run.name} ARGS=--destroy")
    else:
        print("There now: nothing of the stack, nor of what the run made beside it.")
    print(f"The bootstrap stays for the next run: make bootstrap STACK={run.name} ARGS=--destroy removes it.")


def _there_now(run: Run) -> list[Remnant]:
    there = remnants(run)
    # An index that can't be read, or lags behind, adds nothing to the names.
    with suppress(ClientError, BotoCoreError):
        there += [Remnant(kind="by AWS's index of tags, which may lag behind", name=arn) for arn in tagged(run, there)]
    return there


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m acceptance", description="Run the whole scenario in a sandbox.")
    parser.add_argument("--stack", required=True, help="the sandbox: its file is Pulumi.STACK.yaml")
    parser.add_argument("--yes", action="store_true", help="don't ask before beginning")
    end = parser.add_mutually_exclusive_group()
    end.add_argument("--keep", action="store_true", help="don't destroy the stack in the end")
    end.add_argument("--destroy", action="store_true", help="only destroy, and look for what is left")
    parser.add_argument("--poll", type=_seconds, metavar="SECONDS", help="between two looks, by default 10 on AWS")
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
