"""Where the local cloud keeps its files: everything below one state directory, `.localcloud/` by default."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

ACCOUNT_VARIABLE = "LOCALCLOUD_ACCOUNT"
ACCOUNT = os.environ.get(ACCOUNT_VARIABLE, "123456789012")
"""The id of the account that this process serves, if it is a cloud's server; else that of the clouds it starts."""
DEFAULT_REGION = "us-east-1"
STATE_DIR_VARIABLE = "LOCALCLOUD_STATE_DIR"
MARKER = "LOCALCLOUD"
"""Environment variable that all processes of one cloud carry: its state directory."""


class ServerState(TypedDict):
    """What the server's process writes once it serves; `create_time` in seconds since 1970."""

    pid: int
    create_time: float
    endpoint: str
    region: str
    account: str


class CloudState(ServerState):
    """What the state file of a running cloud holds: its server, its users, the Pulumi CLI and the state's backend."""

    users: list[str]
    pulumi: str
    bucket: str
    key_arn: str
    backend_url: str
    secrets_provider: str


@dataclass(frozen=True)
class Layout:
    """Paths below one state directory."""

    state_dir: Path

    @property
    def cloud(self) -> Path:
        """State of the running cloud: pid, port, endpoint, principals' names. No secrets."""
        return self.state_dir / "cloud.json"

    @property
    def options(self) -> Path:
        """How the server was started."""
        return self.state_dir / "options.json"

    @property
    def server(self) -> Path:
        """State of the server process, written as soon as it serves: pid, endpoint, region."""
        return self.state_dir / "server.json"

    @property
    def credentials(self) -> Path:
        """Access keys of the principals and the bearer token of the internal endpoints, mode 0600."""
        return self.state_dir / "credentials.json"

    @property
    def log(self) -> Path:
        """Log of the server process."""
        return self.state_dir / "cloud.log"

    @property
    def tmp(self) -> Path:
        """Temporary directory of the server and its children."""
        return self.state_dir / "tmp"

    @property
    def bin(self) -> Path:
        """Launchers that the printed environment puts first on PATH."""
        return self.state_dir / "bin"

    @property
    def build_bin(self) -> Path:
        """Launchers that only builds have on PATH: the project's Python and the real Pulumi CLI."""
        return self.bin / "build"

    @property
    def builds(self) -> Path:
        """Working directories and logs of builds."""
        return self.state_dir / "builds"

    @property
    def repositories(self) -> Path:
        """Bare git repositories, by provider and name."""
        return self.state_dir / "repositories"

    @property
    def config(self) -> Path:
        """Copies of the stacks' config files, with the secrets provider's key."""
        return self.state_dir / "config"

    @property
    def executions(self) -> Path:
        """Working directories of pipeline executions."""
        return self.state_dir / "executions"

    @property
    def inbox(self) -> Path:
        """Mails that the topics' e-mail subscribers received."""
        return self.state_dir / "inbox"

    @property
    def input_types(self) -> Path:
        """What resource types take as inputs, read off the installed SDK."""
        return self.state_dir / "input-types"

    @property
    def pulumi_home(self) -> Path:
        """PULUMI_HOME, so that nothing touches the user's own."""
        return self.state_dir / "pulumi"

    def create(self) -> None:
        """Create the directories."""
        self.state_dir.mkdir(parents=True, exist_ok=True)
        folders = (self.tmp, self.bin, self.build_bin, self.config, self.executions, self.builds, self.repositories)
        for path in (*folders, self.inbox, self.pulumi_home):
            path.mkdir(exist_ok=True)

    def forget(self) -> None:
        """Remove what belongs to a cloud that is gone: its state, keys, repositories, mails and temporary files."""
        for file in (self.cloud, self.server, self.credentials):
            file.unlink(missing_ok=True)
        for folder in (self.tmp, self.config, self.executions, self.builds, self.repositories, self.inbox):
            shutil.rmtree(folder, ignore_errors=True)


def default_layout() -> Layout:
    """Return the layout named by LOCALCLOUD_STATE_DIR, else `.localcloud/` of the working directory."""
    return Layout(Path(os.environ.get(STATE_DIR_VARIABLE) or ".localcloud").absolute())


def write_json(path: Path, value: Any, mode: int = 0o644) -> None:
    """Write a JSON file in one step, so that a reader never sees half of it."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2)
        file.write("\n")
    partial.replace(path)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; return an empty one when the file is missing or holds none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
