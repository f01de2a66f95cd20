"""Starting, finding and stopping the local cloud's server process."""

import fcntl
import http.client
import json
import os
import subprocess
import sys
import time
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from lambdas import packaging
from local import processes
from local.cloud.clients import Clients
from local.cloud.keys import AccessKey
from local.environment import process_environment
from local.launchers import write_launchers
from local.layout import DEFAULT_REGION, MARKER, ROOT, Layout, read_json
from local.principals import DEPLOYER

START_SECONDS = 60.0
_LOG_LINES = 25
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ")


class LocalCloudError(Exception):
    """The local cloud cannot be started or found; the message says what to do."""


def running(layout: Layout) -> dict[str, Any] | None:
    """The state of the running cloud; None when it does not run, also when a state file was left behind."""
    state = read_json(layout.cloud)
    return state if state and processes.server(layout, state) else None


def start(
    layout: Layout, *, attached: bool, region: str = DEFAULT_REGION, port: int = 0, runner: str = ""
) -> subprocess.Popen[bytes]:
    """Starts a server process and waits until it is ready.

    Args:
        layout: where it keeps its files; only one cloud per state directory.
        attached: whether it stops when this process ends, however it ends.
        region: the default region.
        port: the loopback port; 0 takes a free one.
        runner: a command that runs pipeline executions in place of the project's runner.

    Raises:
        LocalCloudError: when it already runs, ends early or is not ready in time.
    """
    layout.state_dir.mkdir(parents=True, exist_ok=True)
    with (layout.state_dir / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _start(layout, attached=attached, region=region, port=port, runner=runner)


def _start(layout: Layout, *, attached: bool, region: str, port: int, runner: str) -> subprocess.Popen[bytes]:
    if state := running(layout):
        raise LocalCloudError(
            f"A local cloud is running already at {state['endpoint']}; stop it first: make local-down"
        )
    processes.sweep(layout)
    layout.forget()
    layout.create()
    command = [sys.executable, "-m", "local.cloud", "--state-dir", str(layout.state_dir), "--region", region]
    command += ["--port", str(port), "--runner", runner, *(["--attached"] if attached else [])]
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment.update({MARKER: str(layout.state_dir), "TMPDIR": str(layout.tmp), "HOME": str(layout.tmp)})
    # Builds take the functions' packages from this machine's cache: HOME is another one there.
    environment["MLOPS_INFRA_CACHE"] = str(packaging.default_cache_dir().parent)
    with layout.log.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE if attached else subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_ready(layout, process)
        write_launchers(layout)
    except BaseException:
        processes.end(process)
        processes.sweep(layout)
        raise
    return process


def stop(layout: Layout) -> bool:
    """Stops the running cloud and everything it started; whether there was one."""
    state = running(layout)
    if state:
        processes.terminate(int(state["pid"]))
    left = processes.sweep(layout)
    layout.cloud.unlink(missing_ok=True)
    layout.credentials.unlink(missing_ok=True)
    return bool(state) or left > 0


class LocalCloud:
    """A cloud for the time of a `with` block; it dies with this process. Several may run side by side."""

    def __init__(self, state_dir: Path, *, region: str = DEFAULT_REGION, runner: str = "") -> None:
        self.layout = Layout(state_dir.absolute())
        self._region = region
        self._runner = runner
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Starts the cloud."""
        self._process = start(self.layout, attached=True, region=self._region, runner=self._runner)
        self._state = read_json(self.layout.cloud)
        self._credentials = read_json(self.layout.credentials)
        self._clients: dict[str, Clients] = {}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stops the cloud."""
        if self._process:
            stop(self.layout)
            processes.end(self._process)

    @property
    def endpoint(self) -> str:
        """The endpoint of every service."""
        return str(self._state["endpoint"])

    @property
    def region(self) -> str:
        """The default region."""
        return self._region

    @property
    def state(self) -> dict[str, Any]:
        """The state file: pid, endpoint, backend_url, secrets_provider and more."""
        return self._state

    @property
    def token(self) -> str:
        """The bearer token of the internal endpoints."""
        return str(self._credentials["token"])

    @property
    def pid(self) -> int:
        """The server's process id."""
        return int(self._state["pid"])

    def key(self, principal: str) -> AccessKey:
        """A principal's access key: `root`, `deployer`, `data-scientist` or `analyst`."""
        return AccessKey(**self._credentials[principal])

    def client(self, service: str, principal: str = DEPLOYER) -> Any:
        """A boto3 client of a principal."""
        if principal not in self._clients:
            self._clients[principal] = Clients(self.endpoint, self._region, self.key(principal))
        return self._clients[principal](service)

    def internal(self, method: str, path: str, body: Any = None) -> Any:
        """Calls an internal endpoint, e.g. `internal("GET", "/_local/events")`; the JSON it answers."""
        return call_internal(self.layout, method, path, body)

    def environment(self, principal: str = DEPLOYER) -> dict[str, str]:
        """A child process's whole environment, for Pulumi and for AWS clients."""
        return process_environment(self.layout, principal)


def call_internal(layout: Layout, method: str, path: str, body: Any = None) -> Any:
    """Calls an internal endpoint of the running cloud.

    Raises:
        LocalCloudError: when it refuses.
    """
    address = urlsplit(str(read_json(layout.cloud)["endpoint"]))
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    try:
        headers = {"Authorization": f"Bearer {read_json(layout.credentials)['token']}"}
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = connection.getresponse()
        value = json.loads(answer.read() or b"null")
    finally:
        connection.close()
    if answer.status != HTTPStatus.OK:
        raise LocalCloudError(f"{method} {path} answered {answer.status}: {value}")
    return value


def _wait_until_ready(layout: Layout, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not layout.cloud.exists():
        if process.poll() is not None:
            raise LocalCloudError(f"The local cloud ended with exit code {process.returncode}.\n{_tail(layout)}")
        if time.monotonic() > deadline:
            raise LocalCloudError(f"The local cloud was not ready after {START_SECONDS:.0f} s.\n{_tail(layout)}")
        time.sleep(0.05)


def _tail(layout: Layout) -> str:
    lines = layout.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
    return "\n".join([f"The end of {layout.log}:", *(f"  {line}" for line in lines)])
