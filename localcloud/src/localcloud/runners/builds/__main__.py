"""Run one build: `python -m localcloud.runners.builds build.json`; exit code 0 when it succeeded."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from localcloud.runners.builds.build import run


def client(service: str) -> Any:
    """Return a client with the role's credentials, which are in this process's environment."""
    config = Config(retries={"mode": "standard", "total_max_attempts": 2}, s3={"addressing_style": "path"})
    session: Any = boto3.Session()
    return session.client(service, endpoint_url=os.environ["AWS_ENDPOINT_URL"], config=config)


def main() -> int:
    """Read the request and run it."""
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    return 0 if run(request, client) else 1


if __name__ == "__main__":
    sys.exit(main())
