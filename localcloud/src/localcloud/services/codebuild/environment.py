"""The environment of a build: CodeBuild's variables, the role's credentials, and nothing of this machine's user.

Source: CodeBuild user guide, "Environment variables in build environments".
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localcloud.layout import MARKER, Layout

Record = dict[str, Any]

_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
KINDS = ("PARAMETER_STORE", "SECRETS_MANAGER")
"""Types of variables whose values lie elsewhere."""


def container(layout: Layout, endpoint: str, region: str, credentials: Mapping[str, str], home: Path) -> dict[str, str]:
    """What a build's container has of its own. The role's credentials stand where AWS has a credentials endpoint."""
    return {
        "PATH": os.pathsep.join([str(layout.build_bin), str(layout.bin), _SYSTEM_PATH]),
        "HOME": str(home),
        "TMPDIR": str(home / "tmp"),
        "LANG": "C.UTF-8",
        "CI": "true",
        # The image's own environment, which installers then leave as it is.
        "VIRTUAL_ENV": sys.prefix,
        **credentials,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_CONFIG_FILE": os.devnull,
        # No AWS_SHARED_CREDENTIALS_FILE: pulumi-aws-native makes a provider setting of it, and HOME holds no such file.
        "AWS_EC2_METADATA_DISABLED": "true",
        # The emulator sends no checksums; Pulumi's S3 client would warn of each missing one.
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        MARKER: str(layout.state_dir),
    }


def described(build: Record, source_directory: Path) -> dict[str, str]:
    """The CODEBUILD_ variables."""
    source = build["source"]
    return {
        "CODEBUILD_BUILD_ARN": build["arn"],
        "CODEBUILD_BUILD_ID": build["id"],
        "CODEBUILD_BUILD_IMAGE": build["environment"]["image"],
        "CODEBUILD_BUILD_NUMBER": str(build["buildNumber"]),
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_INITIATOR": build["initiator"],
        "CODEBUILD_KMS_KEY_ID": build["encryptionKey"],
        "CODEBUILD_LOG_PATH": build["logs"].get("streamName", ""),
        "CODEBUILD_RESOLVED_SOURCE_VERSION": build.get("resolvedSourceVersion", ""),
        "CODEBUILD_SOURCE_REPO_URL": source.get("location", ""),
        "CODEBUILD_SOURCE_VERSION": build.get("sourceVersion", ""),
        "CODEBUILD_SRC_DIR": str(source_directory),
        "CODEBUILD_START_TIME": str(int(build["startTime"].timestamp() * 1000)),
    }


def merged(project: list[Record], override: list[Record]) -> list[Record]:
    """The project's variables with those of the start of the build in their place."""
    by_name = {variable["name"]: variable for variable in [*project, *override]}
    return list(by_name.values())


def split(variables: list[Record]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Plain values by name, and by type the references to values that lie elsewhere."""
    plain = {item["name"]: item["value"] for item in variables if item.get("type", "PLAINTEXT") == "PLAINTEXT"}
    hidden = {kind: {v["name"]: v["value"] for v in variables if v.get("type") == kind} for kind in KINDS}
    return plain, hidden
