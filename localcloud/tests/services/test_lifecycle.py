"""Starting and stopping: whatever ends, no process and no port is left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psutil
import pytest

from localcloud import lifecycle
from localcloud.__main__ import main
from localcloud.layout import MARKER, Layout, read_json, write_json
from localcloud.lifecycle import LocalCloud, LocalCloudError
from localcloud.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .conftest import Deployment

pytestmark = pytest.mark.local

# Where the tests run in the background of a shell, an interruption is ignored, and processes inherit that.
HOLD = """
import signal, sys, time, pathlib
from localcloud import LocalCloud, Options
signal.signal(signal.SIGINT, signal.default_int_handler)
with LocalCloud(pathlib.Path(sys.argv[1]), Options(runner=sys.argv[2])) as cloud:
    print("ready", flush=True)
    time.sleep(600)
"""
SLOW_FUNCTION = "import time\n\ndef handler(event, context):\n    time.sleep(600)\n"


def processes(state_dir: Path) -> list[int]:
    """Living processes that belong to a cloud."""
    process_ids: list[int] = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARKER) == str(state_dir) and process.status() != psutil.STATUS_ZOMBIE:
                process_ids.append(process.pid)
        except psutil.Error:
            continue
    return process_ids


def wait_until(check: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not check() and time.monotonic() < deadline:
        time.sleep(0.1)
    return check()


def listening(endpoint: str) -> bool:
    address = urlsplit(endpoint)
    with socket.socket() as probe:
        return probe.connect_ex((str(address.hostname), int(address.port or 0))) == 0


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds a cloud in `tmp_path / "cloud"`."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "cloud"), "sleep 600 #"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_cloud_ends_with_the_process_that_holds_it(
    tmp_path: Path, holder: subprocess.Popen[str], number: signal.Signals
) -> None:
    state_dir = tmp_path / "cloud"
    endpoint = read_json(Layout(state_dir).cloud)["endpoint"]
    assert listening(endpoint)

    holder.send_signal(number)
    holder.wait(15)

    assert wait_until(lambda: not processes(state_dir))
    assert not listening(endpoint)


def test_functions_end_when_the_server_is_killed(
    new_cloud: Callable[..., LocalCloud], deployment_on: Callable[[LocalCloud], Deployment]
) -> None:
    cloud = new_cloud()
    deployment = deployment_on(cloud)
    function = deployment.function(deployment.role("function", "lambda.amazonaws.com"), SLOW_FUNCTION)
    cloud.client("lambda", "root").invoke(FunctionName=function, InvocationType="Event", Payload=b"{}")
    state_dir = cloud.layout.state_dir
    assert wait_until(lambda: len(processes(state_dir)) > 1)

    os.kill(cloud.pid, signal.SIGKILL)
    lifecycle.stop(cloud.layout)

    assert not processes(state_dir)


def test_stopping_frees_the_port_and_leaves_only_the_log(tmp_path: Path) -> None:
    with LocalCloud(tmp_path / "cloud") as cloud:
        endpoint, port = cloud.endpoint, int(urlsplit(cloud.endpoint).port or 0)
        assert listening(endpoint)
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))
    assert "error" not in (tmp_path / "cloud" / "cloud.log").read_text().lower()
    assert not (tmp_path / "cloud" / "credentials.json").exists()
    assert not (tmp_path / "cloud" / "tmp").exists()
    assert not processes(tmp_path / "cloud")


def test_two_clouds_know_nothing_of_each_other(new_cloud: Callable[..., LocalCloud]) -> None:
    first, second = new_cloud(), new_cloud()
    topic = first.client("sns", "root").create_topic(Name="only-in-the-first")["TopicArn"]
    assert first.client("sns", "root").list_topics()["Topics"] == [{"TopicArn": topic}]
    assert second.client("sns", "root").list_topics()["Topics"] == []
    assert first.key("deployer") != second.key("deployer")


def test_up_twice_says_that_it_runs_and_down_twice_that_it_does_not(tmp_path: Path) -> None:
    environment = {**os.environ, "LOCALCLOUD_STATE_DIR": str(tmp_path / "cloud")}

    def command(name: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "localcloud", name],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    try:
        assert "Started the local cloud" in (started := command("up")).stderr
        assert "export AWS_ENDPOINT_URL=http://127.0.0.1:" in started.stdout
        assert "Already running" in (again := command("up")).stderr
        assert again.stdout == started.stdout
        assert command("status").returncode == 0
    finally:
        stopped = command("down")
    assert "Stopped" in stopped.stdout
    assert "No local cloud is running" in command("down").stdout
    missing = command("env")
    assert (missing.returncode, missing.stderr.strip()) == (
        1,
        "No local cloud is running; start it with: localcloud up",
    )


def test_a_name_that_nothing_has_is_told_in_one_line_without_the_request(
    new_cloud: Callable[..., LocalCloud], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = new_cloud().layout
    for arguments, line in (
        (("fire", "nope"), "there is no enabled rule nope with a schedule"),
        (("pushed", "nope"), "RepositoryDoesNotExistException: nope does not exist"),
        (("env", "--principal", "nope"), "There is no principal nope, only root, "),
    ):
        monkeypatch.setattr("sys.argv", ["localcloud", *arguments])
        assert main(layout) == 1
        [message] = capsys.readouterr().err.splitlines()
        assert message.startswith(line)


def test_a_state_file_left_behind_is_recognised(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "cloud")
    layout.create()
    # This test's own process id: another program has it now.
    write_json(layout.cloud, {"pid": os.getpid(), "create_time": 1.0, "endpoint": "http://127.0.0.1:1"})
    assert lifecycle.running(layout) is None
    with LocalCloud(layout.state_dir) as cloud:
        assert listening(cloud.endpoint)


def test_a_second_cloud_in_the_same_directory_is_refused(new_cloud: Callable[..., LocalCloud]) -> None:
    cloud = new_cloud()
    with pytest.raises(LocalCloudError, match="running already"):
        lifecycle.start(cloud.layout, Options(attached=True))
    assert listening(cloud.endpoint)


def test_a_start_that_fails_shows_the_end_of_the_log(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(LocalCloudError) as caught:
            lifecycle.start(Layout(tmp_path / "cloud"), Options(attached=True, port=taken.getsockname()[1]))
    assert "exit code" in str(caught.value)
    assert "Address already in use" in str(caught.value)
    assert not processes(tmp_path / "cloud")


def test_nothing_is_written_outside_the_state_directory(tmp_path: Path) -> None:
    def home_and_tmp() -> set[str]:
        folders = (os.path.expanduser("~/.aws"), os.path.expanduser("~/.pulumi"))  # noqa: PTH111
        return {folder for folder in folders if os.path.exists(folder)}  # noqa: PTH110

    before = home_and_tmp()
    with LocalCloud(tmp_path / "cloud") as cloud:
        cloud.client("s3", "root").list_buckets()
        sockets = [p for p in psutil.Process(cloud.pid).net_connections("tcp") if p.status == psutil.CONN_LISTEN]
        assert [connection.laddr[1] for connection in sockets] == [urlsplit(cloud.endpoint).port]
        opened = {f.path for f in psutil.Process(cloud.pid).open_files() if "w" in f.mode or "a" in f.mode}
        assert all(path.startswith(str(tmp_path)) for path in opened)
    assert home_and_tmp() == before


def test_the_inbox_is_readable_from_the_command_line(
    cloud: LocalCloud, deployment_on: Callable[[LocalCloud], Deployment]
) -> None:
    deployment = deployment_on(cloud)
    topic = deployment.topic()
    cloud.client("sns", "root").subscribe(TopicArn=topic, Protocol="email", Endpoint="ml@example.com")
    cloud.client("sns", "root").publish(TopicArn=topic, Subject="A version is ready", Message="Version 1")
    environment = {**os.environ, "LOCALCLOUD_STATE_DIR": str(cloud.layout.state_dir)}
    command = [sys.executable, "-m", "localcloud", "inbox"]
    shown = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "to ml@example.com\nSubject: A version is ready\n\nVersion 1" in shown.stdout
    (mail,) = [path for path in cloud.layout.inbox.iterdir() if "Version 1" in path.read_text()]
    assert "Subject: A version is ready" in mail.read_text()
