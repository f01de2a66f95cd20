"""What the emulator reads from the environment; this module alone does not import it."""

import os

from localcloud.clients import AccessKey
from localcloud.layout import ACCOUNT, Layout
from localcloud.options import Options


def configure(layout: Layout, port: int, options: Options, key: AccessKey) -> None:
    """Set the emulator's environment, with `key` as that of the account's root.

    Everything that would bind a further port, look for a container engine or write outside the state directory is off.
    """
    os.environ.update(
        {
            "AUTH": "true",
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": options.region,
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "MINISTACK_HOST": "localhost",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_REGION": options.region,
            "AWS_DEFAULT_REGION": options.region,
            "AWS_ACCESS_KEY_ID": key.access_key_id,
            "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": str(options.lambda_retry_seconds),
            "LAMBDA_ASYNC_RETRY_MAX_SECONDS": str(options.lambda_retry_seconds * 2),
            "PERSIST_STATE": "0",
            "S3_PERSIST": "0",
            "STATE_DIR": str(layout.tmp / "state"),
            "S3_DATA_DIR": str(layout.tmp / "s3"),
            "DOCKER_HOST": f"unix://{layout.tmp / 'no-container-engine.sock'}",
        }
    )
