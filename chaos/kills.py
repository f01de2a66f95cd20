"""Kills in the middle of `up` and `destroy`: what a person does then, by the runbook, has to lead to a whole stack.

The local cloud keeps everything in memory, so its own death would leave nothing to look at. The cloud as a victim is
one that can't be reached: the request on its way may be carried out, its answer and all requests of the next seconds
are lost. That is what a user of AWS meets.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import psutil
from botocore.exceptions import ClientError

from chaos.proxy import Fault, Proxy, Request, pass_on
from chaos.whole import Whole
from demo.checkout import Checkout
from demo.stack import Outcome, Stack, StackError
from localcloud import LocalCloud

Operation = Literal["create", "update", "destroy"]
Victim = Literal["CLI", "provider", "cloud"]

_OPERATIONS: Final[tuple[Operation, ...]] = ("create", "update", "destroy")
_VICTIMS: Final[tuple[Victim, ...]] = ("CLI", "provider", "cloud")
# Requests of an operation that nobody disturbs, those for the state included. A point lies within the first 0.9 of it.
_REQUESTS: Final[Mapping[Operation, int]] = {"create": 1700, "update": 700, "destroy": 1400}
_OUTAGE_SECONDS: Final = (1.0, 20.0)
_GONE_SECONDS: Final = 60.0
_KEY: Final = "use-case=abalone/input/kept.csv"
_CONTENT: Final = b"1,2,3\n"


@dataclass(frozen=True, kw_only=True)
class Point:
    """Who is killed, and when: at this request of an operation, before or after the cloud has carried it out."""

    operation: Operation
    victim: Victim
    request: int
    is_carried_out: bool
    outage_seconds: float


@dataclass(kw_only=True)
class Kill:
    """What came of a kill; `problems` is empty where nothing was lost, there twice or left over."""

    point: Point
    at: str = ""
    """The request at which it happened; empty where the operation was over before."""
    operation_ended: bool = False
    """Whether the operation got over the kill by itself."""
    problems: list[str] = field(default_factory=list[str])
    seconds: float = 0.0


def points(seed: int, count: int) -> list[Point]:
    """Return as many random points of create, update and destroy in turn; so are the victims."""
    chosen = random.Random(seed)  # noqa: S311 no secret
    operations: list[Operation] = [_OPERATIONS[number % len(_OPERATIONS)] for number in range(count)]
    return [
        Point(
            operation=operation,
            # Shifted in each round, so that every victim meets every operation.
            victim=_VICTIMS[(number + number // len(_OPERATIONS)) % len(_VICTIMS)],
            request=chosen.randint(1, int(_REQUESTS[operation] * 0.9)),
            is_carried_out=chosen.random() < 0.5,  # noqa: PLR2004 as often as not
            outage_seconds=round(chosen.uniform(*_OUTAGE_SECONDS), 1),
        )
        for number, operation in enumerate(operations)
    ]


def tried(cloud: LocalCloud, server: Proxy, folder: Path, kills: list[Point]) -> Iterator[Kill]:
    """Deploy and destroy a stack behind the proxy, and yield what came of each kill on the way.

    The points are those of `points`: each operation begins with what the one before has left.
    """
    environment = cloud.environment()
    checkout = Checkout.of_this_repository(folder / "checkout", str(folder / "remote"), environment)
    stack = _Stack(cloud, Stack(environment, folder / "pulumi.log", checkout.folder), checkout)
    for point in kills:
        began = time.monotonic()
        kill = Kill(point=point)
        with _killed(server, environment["PULUMI_BACKEND_URL"], kill):
            try:
                stack.begin(point.operation)
            except StackError:
                pass
            else:
                kill.operation_ended = True
        if not kill.at:
            kill.problems.append(f"the operation was over before request {point.request}")
        try:
            kill.problems += stack.repaired(point.operation)
        except StackError as error:
            kill.problems.append(str(error))
        kill.seconds = time.monotonic() - began
        yield kill


@contextmanager
def _killed(server: Proxy, backend: str, kill: Kill) -> Generator[None]:
    """Kill at the point while the block runs; afterwards the cloud is back and no process of the operation is left."""
    point, lock, over = kill.point, threading.Lock(), 0.0

    def cut(_request: Request) -> Fault | None:
        return Fault() if time.monotonic() < over else None

    def judge(request: Request) -> Fault | None:
        nonlocal over
        with lock:
            if request.number < point.request or kill.at:
                return None
            processes = _processes(backend, point.victim)
            if point.victim != "cloud" and not processes:
                return None
            kill.at = f"{request.service} {request.operation}"
        if point.victim == "cloud":
            over = time.monotonic() + point.outage_seconds
            server.judge = cut
            return Fault(is_carried_out=point.is_carried_out)
        return Fault(is_carried_out=point.is_carried_out, meanwhile=processes[0].kill)

    server.count_anew()
    server.judge = judge
    try:
        yield
        time.sleep(max(over - time.monotonic(), 0))
        deadline = time.monotonic() + _GONE_SECONDS
        while any(_processes(backend, victim) for victim in ("CLI", "provider")):
            if time.monotonic() > deadline:
                kill.problems.append(f"processes are left after {_GONE_SECONDS:.0f} s")
                break
            time.sleep(0.1)
    finally:
        server.judge = pass_on


def _processes(backend: str, victim: Victim) -> list[psutil.Process]:
    """Return the processes of the CLI or of the providers that work on this backend."""
    processes: list[psutil.Process] = []
    for process in psutil.Process().children(recursive=True):
        try:
            words = process.cmdline()
            is_victim = "localcloud.provider" in words if victim == "provider" else words[:1] == ["pulumi"]
            if is_victim and process.environ().get("PULUMI_BACKEND_URL") == backend:
                processes.append(process)
        except psutil.Error:
            continue
    return processes


@dataclass(frozen=True, kw_only=True)
class _Data:
    """What a stack holds that no deployment may lose: an object in `bucket`, and the group's one version."""

    bucket: str
    group: str
    version: str


class _Stack:
    """The stack that is deployed and destroyed, and what has to be there then."""

    def __init__(self, cloud: LocalCloud, stack: Stack, checkout: Checkout) -> None:
        self._stack, self._checkout = stack, checkout
        self._root: Callable[[str], Any] = lambda service: cloud.client(service, "root")
        self._whole = Whole(cloud)
        self._updates = 0
        self._data: _Data | None = None

    def begin(self, operation: Operation) -> Outcome:
        """Run an operation; raise StackError."""
        match operation:
            case "destroy":
                if self._data:
                    # SageMaker deletes empty groups only.
                    self._root("sagemaker").delete_model_package(ModelPackageName=self._data.version)
                return self._stack.destroy(_silent)
            case "update":
                self._updates += 1
                self._checkout.edit(lambda config: config["mlops-infra:tags"].update(team=f"team-{self._updates}"))
            case "create":
                pass
        return self._stack.up(_silent)

    def repaired(self, operation: Operation) -> list[str]:
        """Do what the runbook says, and return what is wrong then; raise StackError where it can't be done."""
        self._stack.release_lock()
        if operation == "destroy":
            self._stack.destroy(_silent)
            self._data = None
        else:
            self._stack.up(_silent, "--refresh")
        problems = self._whole.differences(self._stack)
        if operation != "destroy":
            problems += self._whole.changes_left(self._stack)
            problems += self._lost(self._data) if self._data else []
            self._add_data()
        return problems

    def _add_data(self) -> None:
        """Put an object and a model version into a stack that has none yet."""
        if self._data:
            return
        outputs = self._stack.outputs()
        bucket, group = outputs["data_bucket"], outputs["model_package_group"]
        self._root("s3").put_object(Bucket=bucket, Key=_KEY, Body=_CONTENT)
        version = self._root("sagemaker").create_model_package(ModelPackageGroupName=group)["ModelPackageArn"]
        self._data = _Data(bucket=bucket, group=group, version=version)

    def _lost(self, data: _Data) -> Iterator[str]:
        try:
            is_there = self._root("s3").get_object(Bucket=data.bucket, Key=_KEY)["Body"].read() == _CONTENT
            versions = self._root("sagemaker").list_model_packages(ModelPackageGroupName=data.group)
        except ClientError as error:
            yield f"data is lost: {error}"
            return
        if not is_there:
            yield f"s3://{data.bucket}/{_KEY} is another one"
        if [summary["ModelPackageArn"] for summary in versions["ModelPackageSummaryList"]] != [data.version]:
            yield f"{data.version} is not the one version of {data.group}"


def _silent(_line: str) -> None:
    """Say nothing of an operation's progress; the log has it."""
