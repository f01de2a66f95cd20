"""The emulator of the services that need no code of ours, and the few places where it is laxer than AWS."""

import os
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from localcloud.http.request import Response
from localcloud.iam import condition_keys, resources
from localcloud.layout import ACCOUNT, Layout
from localcloud.server.keys import AccessKey


def configure(layout: Layout, port: int, region: str, key: AccessKey) -> None:
    """Sets the emulator's environment; call it before anything imports `ministack`.

    Everything that would bind a further port, look for a container engine or write outside the state directory is off.
    """
    os.environ.update(
        {
            "AUTH": "true",
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "MINISTACK_REGION": region,
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "MINISTACK_HOST": "localhost",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ACCESS_KEY_ID": key.access_key_id,
            "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LAMBDA_EXECUTOR": "local",
            "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.2",
            "PERSIST_STATE": "0",
            "S3_PERSIST": "0",
            "STATE_DIR": str(layout.tmp / "state"),
            "S3_DATA_DIR": str(layout.tmp / "s3"),
            "DOCKER_HOST": f"unix://{layout.tmp / 'no-container-engine.sock'}",
        }
    )


def application() -> Callable[..., Any]:
    """The emulator's ASGI application, with root's signature checked like anyone else's."""
    from ministack import app
    from ministack.core import iam_actions, iam_evaluator
    from ministack.services import sts

    from localcloud.iam import openid

    # The emulator takes an empty key, "test" and any account number for root and never checks root's signature. Here
    # only the key made at start is root, and its secret is needed to use it.
    def is_root(access_key_id: str) -> bool:
        return access_key_id == os.environ["AWS_ACCESS_KEY_ID"]

    iam_evaluator.is_root_access_key = is_root
    sts.is_root_access_key = is_root
    iam_evaluator._is_root_key = lambda _access_key_id: False  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    iam_actions.extract_resource_arn = resources.corrected(iam_actions.extract_resource_arn)
    iam_actions.request_tag_context = condition_keys.with_service_keys(iam_actions.request_tag_context)
    openid.add_operations()
    return app.app


def denial(service: str, message: str, headers: Mapping[str, str]) -> Response:
    """A denial in the protocol of the request's service."""
    from ministack.core import iam_actions, responses

    status, answered, body = iam_actions.access_denied_response(
        service, "", "", str(uuid4()), message=message, headers=dict(headers)
    )
    responses.fix_error_content_type(service, status, answered)
    return Response(status, body, answered)
