"""Start, find and stop the local cloud's server process."""

import fcntl
import http.client
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from urllib.parse import urlsplit

from localcloud import processes
from localcloud.account import Prepare, create_users, plain_account
from localcloud.clients import AccessKey, Clients
from localcloud.environment import default_principal, process_environment
from localcloud.launchers import write_launchers
from localcloud.layout import ACCOUNT_VARIABLE, MARKER, CloudState, Layout, ServerState, read_json, write_json
from localcloud.options import Options

START_SECONDS = 60.0
_LOG_LINES = 25
_INHERITED = ("PATH", "LANG", "LC_ALL", "TZ")


class LocalCloudError(Exception):
    """The local cloud cannot be started or found; the message says what to do."""


def running(layout: Layout) -> CloudState | None:
    """Return the state of the running cloud; None when it does not run, also when a state file was left behind."""
    state = cast("CloudState", read_json(layout.cloud))
    return state if state and processes.server(layout, state) else None


def start(layout: Layout, options: Options, prepare: Prepare = plain_account) -> subprocess.Popen[bytes]:
    """Start a server process, and wait until it serves and its account is prepared.

    Only one cloud runs in a state directory.

    Raises:
        LocalCloudError: it already runs, ends early or is not ready in time.
    """
    layout.state_dir.mkdir(parents=True, exist_ok=True)
    with (layout.state_dir / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _start(layout, options, prepare)


def _start(layout: Layout, options: Options, prepare: Prepare) -> subprocess.Popen[bytes]:
    if state := running(layout):
        raise LocalCloudError(f"A local cloud is running already at {state['endpoint']}; stop it first")
    processes.sweep(layout)
    layout.forget()
    layout.create()
    options.write(layout)
    environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    environment.update({MARKER: str(layout.state_dir), "TMPDIR": str(layout.tmp), "HOME": str(layout.tmp)})
    environment[ACCOUNT_VARIABLE] = options.account
    with layout.log.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "localcloud.server", str(layout.state_dir)],
            cwd=layout.state_dir,
            env=environment,
            stdin=subprocess.PIPE if options.attached else subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_it_serves(layout, process)
        _prepare(layout, options, prepare)
        write_launchers(layout, options)
    except BaseException:
        processes.end(process)
        processes.sweep(layout)
        layout.forget()
        raise
    return process


def _prepare(layout: Layout, options: Options, prepare: Prepare) -> None:
    """Prepare the account as root; the state file then says that the cloud is ready."""
    server, credentials = read_json(layout.server), read_json(layout.credentials)
    clients = Clients(server["endpoint"], options.region, AccessKey(**credentials["root"]))
    account = prepare(clients, server["endpoint"], options.region)
    keys = create_users(clients, account.users)
    account.finish(clients)
    write_json(layout.credentials, {**credentials, **{name: key.as_dict() for name, key in keys.items()}}, mode=0o600)
    state: CloudState = {
        **cast("ServerState", server),
        "users": [user.name for user in account.users],
        "pulumi": options.pulumi,
        "bucket": account.backend.bucket,
        "key_arn": account.backend.key_arn,
        "backend_url": account.backend.backend_url,
        "secrets_provider": account.backend.secrets_provider,
    }
    write_json(layout.cloud, state)


def stop(layout: Layout) -> bool:
    """Stop the running cloud and everything that it started; return whether there was one."""
    state = running(layout)
    if state:
        processes.terminate(state["pid"])
    left = processes.sweep(layout)
    for file in (layout.cloud, layout.server, layout.credentials):
        file.unlink(missing_ok=True)
    return bool(state) or left > 0


class LocalCloud:
    """A cloud for the time of a `with` block; it dies with this process. Several may run side by side.

    Args:
        state_dir: where it keeps its files.
        prepare: prepares the empty account as its root, before anybody works in it.
        options: how it is started.
    """

    def __init__(self, state_dir: Path, options: Options | None = None, *, prepare: Prepare = plain_account) -> None:
        self.layout = Layout(state_dir.absolute())
        self._options = replace(options or Options(), attached=True)
        self._prepare = prepare
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the cloud."""
        self._process = start(self.layout, self._options, self._prepare)
        self._state = cast("CloudState", read_json(self.layout.cloud))
        self._credentials = read_json(self.layout.credentials)
        self._clients: dict[str, Clients] = {}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the cloud."""
        if self._process:
            stop(self.layout)
            processes.end(self._process)

    @property
    def endpoint(self) -> str:
        """The endpoint of every service."""
        return self._state["endpoint"]

    @property
    def account(self) -> str:
        """The id of the account."""
        return self._options.account

    @property
    def region(self) -> str:
        """The default region."""
        return self._options.region

    @property
    def state(self) -> CloudState:
        """What the state file holds."""
        return self._state

    @property
    def token(self) -> str:
        """The bearer token of the internal endpoints."""
        return str(self._credentials["token"])

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self._state["pid"]

    @property
    def default_principal(self) -> str:
        """The first user, or root where there is none."""
        return default_principal(self._state)

    def key(self, principal: str) -> AccessKey:
        """Return the access key of `root` or of a user."""
        return AccessKey(**self._credentials[principal])

    def client(self, service: str, principal: str | None = None) -> Any:
        """Return a boto3 client of a user; by default the first one's, or root's where there is none."""
        principal = principal or self.default_principal
        if principal not in self._clients:
            self._clients[principal] = Clients(self.endpoint, self.region, self.key(principal))
        return self._clients[principal](service)

    def internal(self, method: str, path: str, body: Any = None) -> Any:
        """Call an internal endpoint, e.g. `internal("GET", "/_local/events")`; return the JSON that it answers."""
        return call_internal(self.layout, method, path, body)

    def environment(self, principal: str | None = None) -> dict[str, str]:
        """Return a child process's whole environment, for Pulumi and for AWS clients."""
        return process_environment(self.layout, principal)


def call_internal(layout: Layout, method: str, path: str, body: Any = None) -> Any:
    """Call an internal endpoint of the running cloud.

    Raises:
        LocalCloudError: with the cloud's own words where it refuses the request.
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
    if answer.status == HTTPStatus.BAD_REQUEST:
        raise LocalCloudError(value["message"])
    if answer.status != HTTPStatus.OK:
        raise LocalCloudError(f"{method} {path} answered {answer.status}: {value}")
    return value


def _wait_until_it_serves(layout: Layout, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not layout.server.exists():
        if process.poll() is not None:
            raise LocalCloudError(f"The local cloud ended with exit code {process.returncode}.\n{_tail(layout)}")
        if time.monotonic() > deadline:
            raise LocalCloudError(f"The local cloud was not ready after {START_SECONDS:.0f} s.\n{_tail(layout)}")
        time.sleep(0.05)


def _tail(layout: Layout) -> str:
    lines = layout.log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
    return "\n".join([f"The end of {layout.log}:", *(f"  {line}" for line in lines)])
