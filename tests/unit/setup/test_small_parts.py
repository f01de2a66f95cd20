"""Cache location, interpreter, the probe of the release, progress, versions."""

import ast
import io
import socket
import subprocess
import sys
import time
import urllib.error
from pathlib import Path

import pytest

from tools.setup import interpreter
from tools.toolchain import cache, cli_release, progress, releases, versions
from tools.toolchain.workspace import REPOSITORY

REAL_PROBE = cli_release.why_unreachable


def test_the_cache_follows_its_override_then_the_xdg_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("MLOPS_INFRA_CACHE", raising=False)
    assert cache.cache_root() == tmp_path / "xdg" / "mlops-infra"
    monkeypatch.setenv("MLOPS_INFRA_CACHE", str(tmp_path / "mine"))
    assert cache.cache_root() == tmp_path / "mine"
    monkeypatch.delenv("MLOPS_INFRA_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache.cache_root() == Path.home() / ".cache" / "mlops-infra"


@pytest.mark.parametrize("module", ["__init__", "__main__", "interpreter"])
def test_what_runs_before_the_version_is_known_parses_on_old_pythons(module: str) -> None:
    source = (REPOSITORY / "tools" / "setup" / f"{module}.py").read_text()
    ast.parse(source, feature_version=(3, 6))


def test_a_too_old_python_is_named_with_what_is_needed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 2))
    monkeypatch.setattr(interpreter, "working_interpreter", lambda name: "")
    with pytest.raises(SystemExit) as raised:
        interpreter.use_supported_interpreter([])
    assert raised.value.code == 1
    message = capsys.readouterr().err
    assert "found Python 3.10.2" in message
    assert "3.11 or newer is needed" in message


def test_a_too_old_python_hands_over_to_a_newer_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[list[str]] = []

    def execv(path: str, arguments: list[str]) -> None:
        calls.append([path, *arguments])
        raise SystemExit

    monkeypatch.setattr(sys, "version_info", (3, 8, 0))
    monkeypatch.setattr(interpreter, "working_interpreter", lambda name: f"/opt/{name}")
    monkeypatch.setattr("os.execv", execv)
    with pytest.raises(SystemExit):
        interpreter.use_supported_interpreter(["--x"])
    assert calls == [["/opt/python3.13", "/opt/python3.13", "-m", "tools.setup", "--x"]]
    assert "too old, using /opt/python3.13" in capsys.readouterr().err


def test_a_command_of_a_version_manager_that_refuses_to_run_is_no_interpreter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shim = tmp_path / "python3.12"
    shim.write_text("#!/bin/sh\necho 'not selected' >&2\nexit 127\n")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert interpreter.working_interpreter("python3.12") == ""
    assert interpreter.working_interpreter("python3.11") == ""


def test_the_set_up_needs_nothing_but_the_standard_library() -> None:
    probe = "import sys, tools.setup.main; print([m for m in sys.modules if 'site-packages' in str(sys.modules[m])])"
    isolated = [sys.executable, "-S", "-c", f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); {probe}"]
    assert subprocess.check_output(isolated, text=True, cwd=REPOSITORY).strip() == "[]"


def test_the_probe_of_the_release_gives_up_soon_where_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv(releases.SERVER_VARIABLE, f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setattr(cli_release, "PROBE_SECONDS", 0.1)
        monkeypatch.delenv("http_proxy", raising=False)
        started = time.monotonic()
        assert REAL_PROBE()
        assert time.monotonic() - started < 2


def test_the_probe_names_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise urllib.error.URLError("name not known")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    assert REAL_PROBE() == "name not known"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v3.259.0", (3, 259, 0)),
        ("v3.274.1-alpha.1+dirty", (3, 274, 1)),
        ("go version go1.26 linux/amd64", (1, 26, 0)),
        ("go version go1.26.8 linux/amd64", (1, 26, 8)),
        ("command not found", None),
    ],
)
def test_versions_are_read_from_what_tools_print(text: str, version: versions.Version | None) -> None:
    assert versions.parse(text) == version


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_without_a_terminal_progress_is_plain_lines_and_not_too_many() -> None:
    stream = io.StringIO()
    shown = progress.Progress(stream)
    for number in range(100):
        shown.update("pulumi", f"compiling {number}")
    shown.say("pulumi", "a message")
    shown.finish("pulumi", "done")
    shown.close()
    lines = stream.getvalue().splitlines()
    assert [line.split("s] ")[1] for line in lines] == ["pulumi: compiling 0", "pulumi: a message", "pulumi: done"]
    assert "\x1b" not in stream.getvalue()


def test_on_a_terminal_one_line_shows_every_part_and_vanishes() -> None:
    stream = Terminal()
    shown = progress.Progress(stream)
    shown.update("python", "installing")
    shown.update("pulumi", "compiling 7")
    assert "python: installing | pulumi: compiling 7" in stream.getvalue()
    assert "\n" not in stream.getvalue()
    shown.close()
    assert stream.getvalue().endswith(progress.CLEAR_LINE)
