"""The real stack on a local cloud of its own: deployed once a module, or in a scratch checkout for one test."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
import yaml

from bootstrap.errors import BootstrapError
from bootstrap.target import Target
from demo.account import DEPLOYER, ROOT
from demo.local_cloud import local_cloud
from demo.stack import STATE_AT_THE_END
from localcloud.lifecycle import LocalCloud
from permissions.people import policies_of_deployer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from settings.models import StackSettings

_NOT_PART_OF_THE_PROGRAM = {".git", ".local", ".venv", ".pytest_cache", ".ruff_cache", "Pulumi.local.yaml"}


@dataclass
class Project:
    """A checkout on one cloud, run by the real engine as the deployer."""

    cloud: LocalCloud
    directory: Path = ROOT
    stack: str = "local"

    def command(self, *arguments: str) -> list[str]:
        return [str(self.cloud.layout.bin / "pulumi"), *arguments, "--stack", self.stack, "--non-interactive"]

    def start(
        self, *arguments: str, environment: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.directory,
            env={**self.cloud.environment(), **(environment or {})},
            text=True,
            stdin=subprocess.DEVNULL,
            **options,
        )

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        # What an update leaves that is killed is seen by those that `start` starts.
        process = self.start(*arguments, environment=STATE_AT_THE_END, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, _ = process.communicate(timeout=240)
        return subprocess.CompletedProcess(arguments, process.returncode, output, "")

    def ok(self, *arguments: str) -> str:
        result = self.run(*arguments)
        assert result.returncode == 0, result.stdout
        return result.stdout

    def changes(self, operation: str, *options: str) -> dict[str, int]:
        """What an up, refresh or destroy did, without what stayed the same."""
        skip = ("--skip-preview",) if operation != "preview" else ()
        output = self.ok(operation, *(("--yes", *skip) if operation != "preview" else ()), "--json", *options)
        return summary(output.splitlines())

    def resources(self) -> list[dict[str, Any]]:
        """The engine's state, without the stack itself and its providers."""
        state = json.loads(self.ok("stack", "export"))["deployment"].get("resources", [])
        return [r for r in state if not r["type"].startswith(("pulumi:pulumi:Stack", "pulumi:providers:"))]

    def outputs(self) -> dict[str, Any]:
        return json.loads(self.ok("stack", "output", "--json"))

    def configure(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Edits the stack's own config file, as a person would."""
        file = self.directory / f"Pulumi.{self.stack}.yaml"
        content = yaml.safe_load(file.read_text())
        change(content["config"])
        file.write_text(yaml.safe_dump(content, sort_keys=False))
        with suppress(BootstrapError):  # some tests write what the settings refuse
            self.permit_deployer(Target.read(self.stack, self.directory).settings)

    def permit_deployer(self, settings: StackSettings) -> None:
        """Let the deployer deploy one more configuration, beside those before: what they made has to be removable."""
        for document in policies_of_deployer(settings):
            text = json.dumps(document)
            name = hashlib.sha256(text.encode()).hexdigest()[:16]
            self.root("iam").put_user_policy(UserName=DEPLOYER, PolicyName=name, PolicyDocument=text)

    def root(self, service: str) -> Any:
        return self.cloud.client(service, "root")


def summary(lines: Sequence[str]) -> dict[str, int]:
    """The summary of an engine's event stream."""
    events = [json.loads(line) for line in lines if line.startswith("{")]
    [totals] = [event["summaryEvent"] for event in events if "summaryEvent" in event]
    return {op: n for op, n in (totals.get("resourceChanges") or {}).items() if op not in ("same", "refresh") and n}


# Modules are spread over processes in this order: the longest begin first, so that no core waits for the last one.
_LONGEST_FIRST = (
    "test_chaos.py",
    "test_acceptance.py",
    "test_delivery_pipeline.py",
    "test_demo.py",
    "test_life_cycle.py",
    "test_planted_mistakes.py",
    "test_security.py",
    "test_planted_faults.py",
    "test_deploy.py",
    "test_governed_catalog.py",
    "test_policy_pack.py",
    "test_dashboard_principals.py",
    "test_team_csvs.py",
    "test_deploy_role.py",
    "test_verify.py",
    "test_preview.py",
    "test_self_update.py",
    "test_kpis.py",
    "test_full_run.py",
    "test_doctor.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {name: place for place, name in enumerate(_LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


T = TypeVar("T")


def eventually(check: Callable[[], T], seconds: float = 30.0) -> T:
    """The first true answer of `check`; fails after some seconds."""
    deadline = time.monotonic() + seconds
    while not (answer := check()):
        assert time.monotonic() < deadline, f"nothing after {seconds} s"
        time.sleep(0.1)
    return answer


def scratch_checkout(directory: Path) -> Path:
    """A checkout whose stack file can be edited: everything else is the real one."""
    directory.mkdir()
    for entry in ROOT.iterdir():
        if entry.name not in _NOT_PART_OF_THE_PROGRAM:
            (directory / entry.name).symlink_to(entry)
    (directory / "Pulumi.local.yaml").write_text((ROOT / "Pulumi.local.yaml").read_text())
    return directory


@pytest.fixture(scope="module")
def stack_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A cloud for one module of tests."""
    with local_cloud(tmp_path_factory.mktemp("stack-cloud")) as started:
        yield started


@pytest.fixture(scope="module")
def deployed(stack_cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Stack `local`, deployed from a checkout of its own."""
    return deploy(stack_cloud, tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Stack `local` on a cloud of its own, for modules that look at what the program declares and leave it as it is.

    They may leave more beside it: objects, other teams' resources, executions that they began.
    """
    with local_cloud(tmp_path_factory.mktemp("shared-cloud")) as cloud:
        yield deploy(cloud, tmp_path_factory.mktemp("shared-checkout"))


def deploy(cloud: LocalCloud, folder: Path) -> Project:
    project = Project(cloud, scratch_checkout(folder / "main"))
    assert set(project.changes("up")) == {"create"}
    return project


@pytest.fixture
def project(stack_cloud: LocalCloud, tmp_path: Path) -> Project:
    """A checkout whose stack nobody else uses; the cloud is the module's."""
    return Project(stack_cloud, scratch_checkout(tmp_path / "main"))


@pytest.fixture(autouse=True)
def _no_real_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def new_local_cloud() -> Callable[..., LocalCloud]:
    """The clouds of the tests are bootstrapped for stack `local`, as the demo's is."""
    return local_cloud


@pytest.fixture
def new_cloud(tmp_path: Path) -> Iterator[Callable[..., LocalCloud]]:
    """Starts further clouds, each with its own state directory."""
    with ExitStack() as clouds:
        count = itertools.count()

        def start() -> LocalCloud:
            return clouds.enter_context(local_cloud(tmp_path / f"cloud-{next(count)}"))

        yield start
