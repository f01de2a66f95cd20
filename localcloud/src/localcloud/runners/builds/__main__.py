"""Run one build: `python -m localcloud.runners.builds build.json`; exit code 0 when it succeeded."""

from __future__ import annotations

import functools
import json
import os
import sys
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config

from localcloud.runners.builds.build import run


def main() -> int:
    """Read the request and run it, with the role's credentials, which are in this process's environment."""
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    # Of botocore: each build waits for the import, and boto3's brings what moves large files.
    session: Any = botocore.session.Session()
    config = Config(retries={"mode": "standard", "total_max_attempts": 2}, s3={"addressing_style": "path"})
    create = functools.partial(session.create_client, endpoint_url=os.environ["AWS_ENDPOINT_URL"], config=config)
    return 0 if run(request, functools.cache(create)) else 1


if __name__ == "__main__":
    sys.exit(main())
