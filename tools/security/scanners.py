"""The tools: each reads the stacks in the form that it knows, and its answer becomes findings."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.cloudformation.template import Template
from tools.security import installed
from tools.security.authorization import authorization_details
from tools.security.cfn_lint import lint
from tools.security.findings import Finding
from tools.security.policies import by_parliament
from tools.security.stacks import Stack
from tools.setup.uv import base_interpreter
from tools.toolchain.workspace import REPOSITORY, Workspace, clean_environment

_WORKFLOWS: Final = Path(".github/workflows")
_NAG: Final = Path(__file__).resolve().parent / "cdk_nag" / "aws_solutions.js"
_SECONDS: Final = 300
# Variables of AWS's tools, and of checkov, which asks its maker's platform where it finds a key.
_OF_ITS_USER: Final = ("AWS_", "BC_", "CHECKOV_", "CKV_", "PRISMA_")


class ScannerError(Exception):
    """A tool didn't run, or didn't read all that it was given."""


@dataclass(frozen=True, kw_only=True)
class Exports:
    """The stacks in files, in the forms that the tools read.

    Attributes:
        stacks: the stacks themselves, by name.
        plans: Terraform plans, by the stacks' names.
        templates: CloudFormation templates, by the stacks' names.
        account: what `aws iam get-account-authorization-details` would print.
    """

    stacks: Mapping[str, Stack]
    plans: Mapping[str, Path]
    templates: Mapping[str, Path]
    account: Path


def export(stacks: Sequence[Stack], directory: Path) -> Exports:
    """Write the files into a directory."""
    exports = Exports(
        stacks={stack.name: stack for stack in stacks},
        plans={stack.name: directory / f"{stack.name}.plan.json" for stack in stacks},
        templates={stack.name: directory / f"{stack.name}.template.json" for stack in stacks},
        account=directory / "account.json",
    )
    for stack in stacks:
        exports.plans[stack.name].write_text(json.dumps(stack.plan(), indent=1), encoding="utf-8")
        template = with_known_policies(stack.template())
        exports.templates[stack.name].write_text(json.dumps(template, indent=1), encoding="utf-8")
    details = authorization_details({stack.name: stack.resources for stack in stacks})
    exports.account.write_text(json.dumps(details, indent=1), encoding="utf-8")
    return exports


def with_known_policies(template: Template) -> dict[str, Any]:
    """Return a template whose inline policies are of the type AWS::IAM::Policy.

    checkov and cdk-nag look at these only, and not at the younger AWS::IAM::RolePolicy.
    """
    resources: dict[str, Any] = {}
    for logical_id, resource in template["Resources"].items():
        properties = dict(resource["Properties"])
        if resource["Type"] == "AWS::IAM::RolePolicy":
            properties["Roles"] = [properties.pop("RoleName")]
            resources[logical_id] = {**resource, "Type": "AWS::IAM::Policy", "Properties": properties}
        else:
            resources[logical_id] = resource
    return {**template, "Resources": resources}


def scan(exports: Exports, workspace: Workspace) -> dict[str, list[Finding]]:
    """Return the findings of each tool.

    Raises:
        ScannerError: a tool failed; nothing is said of the others then.
        SetupError: a tool could not be installed.
    """
    packages, modules = installed.python_packages(workspace), installed.node_packages(workspace)
    others: dict[str, Callable[[], Iterator[Finding]]] = {
        "checkov": lambda: _checkov(exports, packages),
        "cdk-nag": lambda: _cdk_nag(exports, modules),
        "cloudsplaining": lambda: _cloudsplaining(exports, packages),
        "zizmor": lambda: zizmor(_WORKFLOWS),
    }
    with ThreadPoolExecutor() as pool:
        running = {tool: pool.submit(lambda run=run: list(run())) for tool, run in others.items()}
        in_process = {"cfn-lint": list(_cfn_lint(exports)), "parliament": list(_parliament(exports))}
        return {**{tool: result.result() for tool, result in running.items()}, **in_process}


def _checkov(exports: Exports, packages: Path) -> Iterator[Finding]:
    options = ["--framework", "terraform_plan", "cloudformation", "--output", "json"]
    # No data of its maker's platform, which would take a key and the network.
    options += ["--skip-download", "--compact", "--quiet", "--soft-fail"]
    for file in [*exports.plans.values(), *exports.templates.values()]:
        options += ["--file", str(file)]
    reports = json.loads(_python("checkov.main", options, packages, exports.account.parent))
    for report in reports:
        if report["summary"]["parsing_errors"]:
            raise ScannerError(f"checkov could not read {report['summary']['parsing_errors']} files")
        for check in report["results"]["failed_checks"]:
            stack = exports.stacks[Path(check["file_path"]).name.partition(".")[0]]
            kind, _, name = check["resource"].rpartition(".")
            resource = stack.name_at(check["resource"]) if kind.startswith("aws_") else stack.name_of(name)
            yield stack.finding("checkov", check["check_id"], resource, check["check_name"])
    read = sum(report["summary"]["resource_count"] for report in reports)
    planned = sum(len(stack.plan()["resource_changes"]) for stack in exports.stacks.values())
    if len(reports) != 2 or read < planned:  # noqa: PLR2004 one for each framework
        raise ScannerError(
            f"checkov read {read} resources in {len(reports)} frameworks, of {planned} and their templates"
        )


def _cdk_nag(exports: Exports, modules: Path) -> Iterator[Finding]:
    command = ["node", str(_NAG), *map(str, exports.templates.values())]
    for violation in json.loads(_run(command, {"NODE_PATH": str(modules)})):
        rule, _, detail = violation["ruleName"].partition("[")
        for place in violation["violatingResources"]:
            stack_name, _, logical_id = place["constructPath"].split("/", 2)
            stack = exports.stacks[stack_name]
            message = detail.removesuffix("]") or violation["description"]
            yield stack.finding("cdk-nag", rule, stack.name_of(logical_id), message)


def _cfn_lint(exports: Exports) -> Iterator[Finding]:
    for stack in exports.stacks.values():
        for match in lint(stack.template(), stack.region):
            place = list(match.path)
            resource = stack.name_of(place[1]) if place[:1] == ["Resources"] else "template"
            yield stack.finding("cfn-lint", match.rule.id, resource, match.message)


def _parliament(exports: Exports) -> Iterator[Finding]:
    for stack in exports.stacks.values():
        for document in stack.documents():
            for rule, message in by_parliament(document):
                yield stack.finding("parliament", rule, document.resource, message)


def _cloudsplaining(exports: Exports, packages: Path) -> Iterator[Finding]:
    directory = exports.account.parent
    options = ["scan", "--input-file", str(exports.account), "--output", str(directory), "--skip-open-report"]
    _python("cloudsplaining.bin.cli", options, packages, directory)
    results = json.loads((directory / f"iam-results-{exports.account.stem}.json").read_text(encoding="utf-8"))
    policies = [*results["customer_managed_policies"].values(), *results["inline_policies"].values()]
    if not policies:
        raise ScannerError("cloudsplaining read no policy")
    for policy in policies:
        stack_name, _, resource = policy["PolicyName"].partition("/")
        for rule, value in policy.items():
            for entry in value.get("findings", []) if isinstance(value, dict) else []:
                message = entry if isinstance(entry, str) else json.dumps(entry)
                yield exports.stacks[stack_name].finding("cloudsplaining", rule, resource, message)


def zizmor(workflows: Path) -> Iterator[Finding]:
    """Yield what zizmor finds in a folder of workflows; comments and files of settings that ignore some don't count."""
    command = [str(Path(sys.executable).with_name("zizmor")), "--pedantic", "--offline", "--no-exit-codes"]
    command += ["--no-ignores", "--no-config"]
    for entry in json.loads(_run([*command, "--format", "json", str(workflows)], {})):
        location = entry["locations"][0]["symbolic"]
        file = location["key"]["Local"]["verbatim_path"]
        yield Finding(
            tool="zizmor", rule=entry["ident"], resource=file, message=f"{entry['desc']}: {location['annotation']}"
        )


def _python(module: str, options: Sequence[str], packages: Path, directory: Path) -> str:
    return _run(
        [str(base_interpreter()), "-m", module, *options],
        # checkov would read a file of settings in the home directory.
        {"PYTHONPATH": str(packages), "PYTHONSAFEPATH": "1", "LOG_LEVEL": "ERROR", "HOME": str(directory)},
        directory,
    )


def _run(command: Sequence[str], variables: Mapping[str, str], directory: Path = REPOSITORY) -> str:
    """Return what a command prints, without credentials and settings of its user at hand: none of these needs any."""
    environment = {name: value for name, value in clean_environment().items() if not name.startswith(_OF_ITS_USER)}
    try:
        return subprocess.run(
            command,
            cwd=directory,
            env={**environment, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=True,
        ).stdout
    except subprocess.CalledProcessError as error:
        tail = "\n".join(error.stderr.splitlines()[-15:])
        raise ScannerError(f"{' '.join(command[:4])} ended with {error.returncode}:\n{tail}") from error
