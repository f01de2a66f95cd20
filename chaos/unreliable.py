"""An AWS that throttles, fails and loses answers: what a person or a job does has to end well, if need be again."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from chaos.events import Registry
from chaos.faults import Faults
from chaos.proxy import Proxy, Request, pass_on, proxy
from chaos.whole import Whole
from demo.account import ROOT
from demo.local_cloud import local_cloud
from demo.stack import Stack, StackError
from lambdas.notifier.clients import RECORD_ATTEMPTS
from localcloud import LocalCloud, inventory

_TRIES: Final = 4
_LONGEST: Final = 300
_CHANGES: Final = 20
_TRACEBACK: Final = "Traceback (most recent call last)"


@dataclass(kw_only=True)
class Attempts:
    """What came of one operation; `tries` until it ended well, `faults` by kind, `errors` of the tries that failed."""

    name: str
    tries: int = 0
    faults: Counter[str] = field(default_factory=Counter[str])
    errors: list[str] = field(default_factory=list[str])
    problems: list[str] = field(default_factory=list[str])
    seconds: float = 0.0


class _FailedTryError(Exception):
    """One try failed; the message has its own words."""


def tried(folder: Path, seed: int, rate: float) -> Iterator[Attempts]:
    """Bootstrap, deploy, work and destroy with faults in front of the API; yield what came of each."""
    with local_cloud(folder / "cloud") as cloud, proxy(cloud) as server:
        yield from _Unreliable(cloud, server, folder, seed, rate).operations()


class _Unreliable:
    def __init__(self, cloud: LocalCloud, server: Proxy, folder: Path, seed: int, rate: float) -> None:
        self._cloud, self._server, self._seed, self._rate = cloud, server, seed, rate
        self._root, self._deployer = cloud.environment("root"), cloud.environment()
        self._stack = Stack(self._deployer, folder / "pulumi.log")
        self._may_repeat = 0
        self._repeats: tuple[str, ...] = ()

    def operations(self) -> Iterator[Attempts]:
        """Yield what came of each operation, in the order of a stack's life."""
        bootstrap = ("-m", "bootstrap", "--stack", "local")
        prepared = self._names()
        _run(self._root, *bootstrap, "--destroy", "--yes")
        yield self._try("bootstrap", lambda: _run(self._root, *bootstrap), lambda: self._other_than(prepared))
        whole = Whole(self._cloud)
        yield self._try("up", self._up, lambda: self._problems(whole), may_lose=_may_be_lost)
        outputs = self._stack.outputs()
        upsert = {**self._root, **outputs["pipeline_environment"]}
        yield self._try("upsert", lambda: _run(upsert, "-m", "pipeline_def.upsert"), self._pipeline_problems)
        verify = {**self._deployer, "STACK": "local"}
        yield self._try("verify", lambda: _run(verify, "-m", "delivery.verify"))
        registry = Registry(self._cloud, outputs)
        yield self._notify(registry)
        registry.clear()
        yield self._try("destroy", self._destroy, lambda: whole.differences(self._stack))

    def _try(
        self,
        name: str,
        attempt: Callable[[], None],
        problems: Callable[[], list[str]] = list,
        *,
        may_lose: Callable[[Request], bool] = lambda _request: True,
    ) -> Attempts:
        """Attempt an operation until it ends well, then look at what is there without faults."""
        attempts, began = Attempts(name=name), time.monotonic()
        faults = Faults(self._seed, self._rate, may_lose)
        self._server.judge = faults
        while attempts.tries < _TRIES:
            attempts.tries += 1
            try:
                attempt()
            except (_FailedTryError, StackError) as error:
                lines = [line.strip() for line in str(error).splitlines() if line.strip()]
                # The engine's first error is the cause; a command says what is wrong in its last line.
                attempts.errors.append(lines[0 if isinstance(error, StackError) else -1][:_LONGEST])
                if _TRACEBACK in str(error):
                    attempts.problems.append(f"a traceback instead of a message: {attempts.errors[-1]}")
            else:
                break
        else:
            attempts.problems.append(f"it failed {_TRIES} times, at last: {attempts.errors[-1]}")
        self._server.judge = pass_on
        attempts.faults = faults.counts
        # SNS had the message, or the table never took its record.
        self._may_repeat = faults.lost["Publish"] + faults.all["UpdateItem"] // RECORD_ATTEMPTS
        attempts.problems += problems()
        attempts.seconds = time.monotonic() - began
        return attempts

    def _names(self) -> Counter[str]:
        """Return everything in the account by service and name; keys have no name, and other ids each time."""
        everything = inventory.take(lambda service: self._cloud.client(service, "root"))
        return Counter(
            f"{service}: {name if service != 'kms' or name.startswith('alias/') else 'a key'}"
            for service, names in everything.items()
            for name in names
        )

    def _other_than(self, prepared: Counter[str]) -> list[str]:
        """Return what the account has more or less than when it was bootstrapped without faults."""
        names = self._names()
        more, less = sorted((names - prepared).elements()), sorted((prepared - names).elements())
        return [*(f"too much: {name}" for name in more), *(f"missing: {name}" for name in less)]

    def _problems(self, whole: Whole) -> list[str]:
        return whole.differences(self._stack) + whole.changes_left(self._stack)

    def _up(self) -> None:
        self._repeat(lambda: self._stack.up(_silent, *self._repeats))

    def _destroy(self) -> None:
        self._repeat(lambda: self._stack.destroy(_silent))

    def _repeat(self, operation: Callable[[], object]) -> None:
        try:
            operation()
        except StackError:
            # What the runbook says before the next try.
            self._server.judge, faults = pass_on, self._server.judge
            self._stack.release_lock()
            self._server.judge = faults
            self._repeats = ("--refresh",)
            raise

    def _pipeline_problems(self) -> list[str]:
        pipelines = self._cloud.client("sagemaker", "root").list_pipelines()["PipelineSummaries"]
        return [] if len(pipelines) == 1 else [f"{len(pipelines)} ML pipelines"]

    def _notify(self, registry: Registry) -> Attempts:
        """Let the notifier tell of some changes; only lost answers and records that were refused may tell one twice."""
        messages, names = Counter[str](), set[str]()

        def deliver() -> None:
            received, registered = registry.register_versions(_CHANGES)
            messages.update(received)
            names.update(registered)

        registry.send_calls_through(self._server)
        attempts = self._try("notifier", deliver)
        twice = messages.total() - len(messages)
        attempts.problems += [f"lost: {name}" for name in sorted(names - messages.keys())]
        attempts.problems += [f"unexpected: {name}" for name in sorted(messages.keys() - names)]
        if twice > self._may_repeat:
            attempts.problems.append(f"{twice} messages twice, where faults explain {self._may_repeat}")
        attempts.faults["told twice"] = twice
        return attempts


def _may_be_lost(request: Request) -> bool:
    """Return whether the engine's provider bears the loss of an answer: CreateKey makes a second key if tried again."""
    return request.operation != "CreateKey"


def _run(environment: Mapping[str, str], *arguments: str) -> None:
    """Run a module of the project; raise _FailedTryError with what it says."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=dict(environment), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise _FailedTryError(f"{done.stdout}\n{done.stderr}")


def _silent(_line: str) -> None:
    """Say nothing."""
