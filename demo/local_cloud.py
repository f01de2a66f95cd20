"""The local cloud as the demo and the tests use it; from the command line: `python -m demo.local_cloud up|down|env`."""

import json
import os
import sys
from pathlib import Path

from demo.account import ANALYST, DATA_SCIENTIST, DEPLOYER, RELEASE_MANAGERS, ROOT, iam_arn, prepare
from demo.people import Account, Person
from lambdas import packaging
from localcloud import LocalCloud, Options, inventory
from localcloud.__main__ import main
from localcloud.layout import DEFAULT_REGION, Layout
from tools.toolchain.workspace import TOOLS_FROM_PATH

# How this machine reaches package registries: certificates of a proxy that looks into TLS, proxies, other registries
# (uv, "Environment variables"; "Requests", advanced usage; Python's ssl module).
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_REGISTRIES = (
    *("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS"),
    *("UV_FIND_LINKS", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_FIND_LINKS"),
)
# Variables that name a file of settings, and where in the user's own such files it is without them (uv, "Configuration
# files"; pip, "Configuration").
_SETTINGS_FILES = {"UV_CONFIG_FILE": "uv/uv.toml", "PIP_CONFIG_FILE": "pip/pip.conf"}


def _downloads() -> dict[str, str]:
    """Return the variables that let a build download as this process does; the cloud itself is behind no proxy."""
    names = [*_CERTIFICATES, *_REGISTRIES, *_PROXIES, *map(str.lower, _PROXIES)]
    variables = {name: os.environ[name] for name in names if os.environ.get(name)}
    if any(name.upper() in _PROXIES for name in variables):
        behind_none = os.environ.get("NO_PROXY") or os.environ.get("no_proxy")
        hosts = ",".join(filter(None, [behind_none, "127.0.0.1", "localhost"]))
        variables |= {"NO_PROXY": hosts, "no_proxy": hosts}
    own_files = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    for name, place in _SETTINGS_FILES.items():
        file = Path(os.environ.get(name) or own_files / place)
        if file.is_file():
            variables[name] = str(file.absolute())
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return {**variables, "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR") or str(caches / "uv")}


def options(*, region: str = DEFAULT_REGION, runner: str = "") -> Options:
    """Return the options with the CLI that the set-up found, and this machine's caches and tools in builds."""
    setup = ROOT / ".local" / "setup.json"
    pulumi = json.loads(setup.read_text(encoding="utf-8"))["pulumi"] if setup.is_file() else ""
    builds = {
        # HOME is another one in builds.
        **_downloads(),
        "MLOPS_INFRA_CACHE": str(packaging.default_cache_dir().parent),
        # The stand-in provider is on PATH, with the CLI that works with it.
        TOOLS_FROM_PATH: "yes",
    }
    return Options(region=region, runner=runner, pulumi=pulumi, build_environment=builds)


def local_cloud(state_dir: Path, *, region: str = DEFAULT_REGION, runner: str = "") -> LocalCloud:
    """Create a cloud that isn't started yet, whose account is bootstrapped for stack `local`."""
    return LocalCloud(state_dir, options(region=region, runner=runner), prepare=prepare)


def account_on(cloud: LocalCloud) -> Account:
    """Return the account of a running cloud, and who works in it."""
    root, scientist = Person(cloud.environment("root")), Person(cloud.environment(DATA_SCIENTIST))
    return Account(
        region=cloud.region,
        administrator=root,
        deployer=Person(cloud.environment(DEPLOYER)),
        scientist=scientist,
        analyst=Person(cloud.environment(ANALYST)),
        release_manager=scientist.assume(iam_arn(f"role/{RELEASE_MANAGERS}")),
        inventory=lambda: inventory.take(root),
    )


if __name__ == "__main__":
    sys.exit(main(Layout(ROOT / ".local"), options(), prepare, ".venv/bin/python -m demo.local_cloud"))
