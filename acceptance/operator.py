"""Whoever runs the acceptance run: their environment for commands, and their clients."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bootstrap.target import RegionalClients, clients_of
from contract.names import Deployment
from tools.setup import result
from tools.toolchain.plugins import engine_variables
from tools.toolchain.workspace import Workspace

# What git needs for CodeCommit beside the AWS CLI ("Setup steps for HTTPS connections to AWS CodeCommit repositories
# on Linux, macOS, or Unix with the AWS CLI credential helper", AWS CodeCommit User Guide).
_GIT: Final[Mapping[str, str]] = {
    "credential.helper": "!aws codecommit credential-helper $@",
    "credential.UseHttpPath": "true",
}


@dataclass(frozen=True)
class Operator:
    """Gives the clients of the environment's credentials, to the demo's steps and to the doctor's probes."""

    environment: Mapping[str, str]
    region: str

    @classmethod
    def of_this_process(cls, deployment: Deployment) -> Operator:
        """Return the operator with this process's environment, completed for Pulumi and for git.

        What the environment says already stays: the backend, and the first CLI on PATH where PATH counts.
        """
        workspace = Workspace()
        environment = dict(os.environ)
        environment.setdefault("PULUMI_BACKEND_URL", deployment.backend_url)
        environment.setdefault("AWS_REGION", deployment.region)
        environment["PULUMI_SKIP_UPDATE_CHECK"] = "true"
        environment |= engine_variables(tools_from_path=workspace.tools_from_path)
        path, set_up = environment.get("PATH", os.defpath), _set_up(workspace)
        environment["PATH"] = os.pathsep.join([path, *set_up] if workspace.tools_from_path else [*set_up, path])
        count = int(environment.get("GIT_CONFIG_COUNT", "0"))
        for number, (key, value) in enumerate(_GIT.items(), count):
            environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
        environment["GIT_CONFIG_COUNT"] = str(count + len(_GIT))
        return cls(environment, deployment.region)

    def __call__(self, service: str, region: str | None = None) -> Any:
        """Return the client of a service, in the environment's region or in another one."""
        return self._clients(service, region)

    @property
    def endpoint(self) -> str:
        """The address that stands for AWS, empty where the clients speak to AWS itself."""
        address: str = self("sts").meta.endpoint_url
        host = address.partition("://")[2].partition("/")[0].partition(":")[0]
        return "" if host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu")) else address

    @functools.cached_property
    def _clients(self) -> RegionalClients:
        return clients_of(self.region)


def _set_up(workspace: Workspace) -> list[str]:
    """Return the folders of the CLI that `make setup` has found, and of the language host where it brings none."""
    setup = result.read(workspace)
    return [str(Path(setup.pulumi).parent), str(workspace.host_launchers)] if setup else []
