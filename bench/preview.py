"""What a preview of the stack costs: beside a bare program, beside a CDK program, and with more resources.

The bare program registers as many topics as the stack has resources, which depend on nothing: what the engine, the SDK
and a provider cost without any program of ours.
"""

import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import linear_regression
from typing import Final

from bench.result import Result, compare
from bench.timing import Command, Cost, measure
from demo.account import ROOT
from demo.stack import Stack
from localcloud import LocalCloud
from tools.security.installed import node_packages, python_packages
from tools.toolchain.workspace import Workspace

_BENCH: Final = Path(__file__).resolve().parent
_BARE: Final = """
from pulumi_aws.sns import Topic

for number in range({count}):
    Topic(f"topic-{{number}}")
"""
_ENVIRONMENTS: Final = (1, 3, 10)
_SECONDS_A_RESOURCE: Final = 0.020
_SILENCE: Final = "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"


def compare_programs(cloud: LocalCloud, folder: Path) -> list[Result]:
    """Compare previews of a deployed stack with those of a deployed bare program, with `up` and with a synthesis."""
    environment = cloud.environment("root")
    synthesis = _synthesis(environment, folder / "cdk.out")
    stack = Stack(environment, folder / "pulumi.log")
    stack.up(_silent)
    count = sum(stack.resources().values()) - 1  # without the stack itself, which both have
    bare = Stack(environment, folder / "pulumi.log", _bare_program(folder, count))
    bare.up(_silent)
    measured = measure(
        {
            "preview": _operation(stack, "preview"),
            "up": _operation(stack, "up", "--yes", "--skip-preview"),
            "bare": _operation(bare, "preview"),
            "synth": synthesis,
        }
    )
    stack.destroy(_silent)
    bare.destroy(_silent)
    return [
        compare(measured, "preview / preview of a bare program", "preview", "bare", limit=2),
        compare(measured, "preview / synthesis of a CDK program", "preview", "synth", limit=0.5),
        compare(measured, "up without changes / preview", "up", "preview", limit=1.3),
    ]


def compare_growth(cloud: LocalCloud, folder: Path) -> list[Result]:
    """Compare what one more resource of the stack costs with what one more topic of a bare program costs."""
    environment, log = cloud.environment("root"), folder / "pulumi.log"
    directory = _growth_program(folder)
    stacks = [
        Stack({**environment, "BENCH_ENVIRONMENTS": f"{number}"}, log, directory, "growth") for number in _ENVIRONMENTS
    ]
    sizes = [stack.preview(_silent).changes["create"] for stack in stacks]
    bare_sizes = sizes[:2]
    previews = {f"stack {size}": _operation(stack, "preview") for size, stack in zip(sizes, stacks, strict=True)}
    for size in bare_sizes:
        previews[f"bare {size}"] = _operation(Stack(environment, log, _bare_program(folder, size)), "preview")
    measured = measure(previews)
    slopes = {
        "resource": _slopes(sizes, [measured[f"stack {size}"] for size in sizes]),
        "topic": _slopes(bare_sizes, [measured[f"bare {size}"] for size in bare_sizes]),
    }
    title = "one more resource / one more topic of a bare program"
    return [compare(slopes, title, "resource", "topic", limit_seconds=_SECONDS_A_RESOURCE)]


def _slopes(sizes: Sequence[int], costs: Sequence[Sequence[Cost]]) -> list[Cost]:
    """Return each round's cost of one more resource."""
    return [
        Cost(
            linear_regression(sizes, [cost.wall for cost in one_round]).slope,
            linear_regression(sizes, [cost.cpu for cost in one_round]).slope,
        )
        for one_round in zip(*costs, strict=True)
    ]


def _operation(stack: Stack, name: str, *options: str) -> Command:
    arguments = [stack.pulumi, name, "--stack", stack.name, "--non-interactive", *options]
    return Command(arguments, stack.directory, stack.environment)


def _synthesis(environment: Mapping[str, str], output: Path) -> Command:
    """Return `cdk synth`, as a person runs it on the CDK program, without what it would ask the network."""
    cdk = _BENCH / "cdk"
    packages = python_packages(Workspace(), cdk / "requirements.lock", "aws-cdk-lib")
    cli = node_packages(Workspace(), cdk / "package-lock.json", "the CDK's CLI") / ".bin" / "cdk"
    program = shlex.join([sys.executable, str(cdk / "program.py")])
    return Command(
        [
            str(cli),
            "synth",
            "--quiet",
            "--no-notices",
            "--no-version-reporting",
            "--app",
            program,
            "--output",
            str(output),
        ],
        cdk,
        {**environment, "PYTHONPATH": str(packages), "CDK_DISABLE_CLI_TELEMETRY": "1", _SILENCE: "yes"},
    )


def _bare_program(folder: Path, count: int) -> Path:
    directory = folder / f"bare-{count}"
    if not directory.exists():
        directory.mkdir(parents=True)
        (directory / "Pulumi.yaml").write_text(f"name: bare-{count}\nruntime: python\n", encoding="utf-8")
        (directory / "__main__.py").write_text(_BARE.format(count=count), encoding="utf-8")
    return directory


def _growth_program(folder: Path) -> Path:
    """Write the program several times over, with the settings of the local stack."""
    directory = folder / "growth"
    directory.mkdir(parents=True)
    (directory / "Pulumi.yaml").write_text("name: growth\nruntime: python\n", encoding="utf-8")
    program = f"import runpy\nimport sys\n\nsys.path.insert(0, {str(ROOT)!r})\n"
    program += f"runpy.run_path({str(_BENCH / 'growth_program.py')!r})\n"
    (directory / "__main__.py").write_text(program, encoding="utf-8")
    shutil.copyfile(ROOT / "Pulumi.local.yaml", directory / "Pulumi.growth.yaml")
    return directory


def _silent(_line: str) -> None:
    """Say nothing."""
