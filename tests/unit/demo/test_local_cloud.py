"""What builds of the local cloud get of the machine that they run on."""

from pathlib import Path

import pytest

from demo.local_cloud import options

NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "NO_PROXY", "no_proxy")

FILES = ("UV_CONFIG_FILE", "PIP_CONFIG_FILE")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NETWORK, "SSL_CERT_FILE", "UV_CACHE_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", *FILES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/ana")


def test_builds_download_as_their_user_does_behind_a_proxy_that_looks_into_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/company.pem")
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", "intranet")
    builds = options().build_environment
    assert builds["SSL_CERT_FILE"] == "/etc/company.pem"
    assert builds["https_proxy"] == "http://proxy:3128"
    # The cloud is on this machine.
    assert builds["NO_PROXY"] == builds["no_proxy"] == "intranet,127.0.0.1,localhost"


def test_builds_share_their_users_cache_of_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    assert options().build_environment["UV_CACHE_DIR"] == "/home/ana/.cache/uv"
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert options().build_environment["UV_CACHE_DIR"] == "/caches/uv"
    monkeypatch.setenv("UV_CACHE_DIR", "/wheels")
    assert options().build_environment["UV_CACHE_DIR"] == "/wheels"


def test_builds_read_the_files_in_which_their_user_names_another_registry(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    uv_file, pip_file = tmp_path / ".config" / "uv" / "uv.toml", tmp_path / "pip.conf"
    uv_file.parent.mkdir(parents=True)
    uv_file.touch()
    pip_file.touch()
    monkeypatch.setenv("PIP_CONFIG_FILE", str(pip_file))
    builds = options().build_environment
    assert (builds["UV_CONFIG_FILE"], builds["PIP_CONFIG_FILE"]) == (str(uv_file), str(pip_file))


def test_builds_get_nothing_else_of_the_network_where_there_is_no_proxy() -> None:
    assert not {*NETWORK, "SSL_CERT_FILE", *FILES} & options().build_environment.keys()
