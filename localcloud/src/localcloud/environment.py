"""The environment in which plain AWS and Pulumi commands work against the local cloud."""

import os
import shlex
from pathlib import Path
from typing import cast

from localcloud.layout import MARKER, STATE_DIR_VARIABLE, CloudState, Layout, read_json

CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_REAL_ACCOUNT = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    # pulumi-aws-native makes a provider setting of it; the keys in the environment win over any file.
    "AWS_SHARED_CREDENTIALS_FILE",
)


def default_principal(state: CloudState) -> str:
    """Return the first user of a running cloud, or root where there is none."""
    return state["users"][0] if state["users"] else "root"


def variables(layout: Layout, principal: str | None = None) -> dict[str, str]:
    """Return variables for a client of the running cloud, without PATH; empty values mean "unset".

    Raises:
        KeyError: when there is no such principal.
    """
    state, credentials = cast("CloudState", read_json(layout.cloud)), read_json(layout.credentials)
    key = credentials[principal or default_principal(state)]
    return {
        **dict.fromkeys(_REAL_ACCOUNT, ""),
        "AWS_ENDPOINT_URL": state["endpoint"],
        "AWS_REGION": state["region"],
        "AWS_DEFAULT_REGION": state["region"],
        "AWS_ACCESS_KEY_ID": key["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": key["secret_access_key"],
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        # The emulator sends no checksums; Pulumi's S3 client would warn of each missing one.
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        "PULUMI_BACKEND_URL": state["backend_url"],
        "PULUMI_HOME": str(layout.pulumi_home),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        **_git_configuration(layout, state["region"]),
        STATE_DIR_VARIABLE: str(layout.state_dir),
    }


def _git_configuration(layout: Layout, region: str) -> dict[str, str]:
    """Let git find the cloud's repositories by the addresses that CodeCommit gives them."""
    address = f"https://git-codecommit.{region}.amazonaws.com/v1/repos/"
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{layout.repositories / 'codecommit'}/.insteadOf",
        "GIT_CONFIG_VALUE_0": address,
    }


def process_environment(layout: Layout, principal: str | None = None) -> dict[str, str]:
    """Return the whole environment of a child process: this process's, with the cloud's variables and PATH."""
    environment = dict(os.environ)
    for name, value in variables(layout, principal).items():
        if value:
            environment[name] = value
        else:
            environment.pop(name, None)
    # The cloud ends its children with itself.
    environment[MARKER] = str(layout.state_dir)
    environment["PATH"] = _path(layout.bin, environment.get("PATH", os.defpath))
    return environment


def shell(layout: Layout, principal: str | None = None) -> str:
    """Return the environment as lines that a POSIX shell can evaluate."""
    lines = [
        f"export {name}={shlex.quote(value)}" if value else f"unset {name}"
        for name, value in variables(layout, principal).items()
    ]
    lines.append(f'export PATH={shlex.quote(str(layout.bin))}:"$PATH"')
    return "\n".join(lines)


def _path(first: Path, rest: str) -> str:
    parts = [part for part in rest.split(os.pathsep) if part != str(first)]
    return os.pathsep.join([str(first), *parts])


def described(state: CloudState) -> str:
    """Return one line about a running cloud."""
    return f"local cloud at {state['endpoint']} (pid {state['pid']}, region {state['region']})"
