"""Lambda where the emulator is laxer than AWS: what a function can import, and who sends its failures on."""

import importlib.util
import json
import logging
import shlex
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from localcloud.emulator import functions, monitoring

log = logging.getLogger("localcloud")

Event = dict[str, Any]
# What AWS's Python runtimes bring along (Lambda developer guide, "Runtime-included SDK versions").
_RUNTIME_MODULES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")

# The X-Ray SDK makes this folder, at this fixed path, wherever it finds itself in Lambda.
_XRAY_FOLDER = Path("/tmp/.aws-xray")  # noqa: S108
_XRAY_FOLDER_WAS_THERE = _XRAY_FOLDER.exists()


def isolate_runtime(folder: Path) -> None:
    """Lets Python functions import their own package, the standard library and boto3, and nothing else.

    The emulator would run them with the packages of this project's virtual environment, where a zip that lacks its
    dependencies works.
    """
    packages = folder / "packages"
    packages.mkdir(parents=True)
    for name in _RUNTIME_MODULES:
        found = importlib.util.find_spec(name)
        if found and found.origin:
            source = Path(found.origin) if not found.submodule_search_locations else Path(found.origin).parent
            (packages / source.name).symlink_to(source)
    launcher = folder / "python"
    launcher.write_text(
        f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(packages))} exec {shlex.quote(sys.executable)} -S "$@"\n',
        encoding="utf-8",
    )
    launcher.chmod(0o755)
    functions.run_python_with(launcher)


def stop() -> None:
    """Ends the processes of all functions and removes what they leave on disk."""
    functions.end_processes()
    if not _XRAY_FOLDER_WAS_THERE:
        shutil.rmtree(_XRAY_FOLDER, ignore_errors=True)


class FailureDestinations:
    """Sends failed asynchronous invocations on with the permissions of the function's role, as Lambda does.

    Source: Lambda developer guide, "Capturing records of Lambda asynchronous invocations".
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        functions.route_failures(self.route)

    def route(self, target_arn: str, function_name: str, event: Event, result: Event) -> None:
        """Takes one invocation whose retries are exhausted."""
        function = functions.function(function_name)
        destination = (function.asynchronous.get("DestinationConfig") or {}).get("OnFailure", {}).get("Destination")
        error = result.get("body") if isinstance(result.get("body"), dict) else {}
        try:
            if destination == target_arn:
                attempts = int(function.asynchronous.get("MaximumRetryAttempts", 2)) + 1
                record = _record(function.configuration["FunctionArn"], event, result, attempts)
                self._send(function.configuration, target_arn, json.dumps(record), {})
            else:
                attributes = {"RequestID": str(uuid4()), "ErrorCode": "200", "ErrorMessage": _text(error)}
                self._send(function.configuration, target_arn, json.dumps(event), attributes)
        except (ClientError, BotoCoreError):
            log.exception("function %s: the failed event could not be sent to %s", function_name, target_arn)
            metric = "DestinationDeliveryFailures" if destination == target_arn else "DeadLetterErrors"
            monitoring.record_metric("AWS/Lambda", metric, 1, {"FunctionName": function_name})

    def _send(self, config: Event, target_arn: str, body: str, attributes: dict[str, str]) -> None:
        service, region = target_arn.split(":")[2:4]
        client = self._as_role(config, service, region)
        given = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value}
        if service == "sqs":
            account, name = target_arn.split(":")[4:6]
            url = f"{self._endpoint}/{account}/{name}"
            client.send_message(QueueUrl=url, MessageBody=body, MessageAttributes=given)
        elif service == "sns":
            client.publish(TopicArn=target_arn, Message=body, MessageAttributes=given)
        elif service == "lambda":
            client.invoke(FunctionName=target_arn, InvocationType="Event", Payload=body.encode())
        else:
            log.error("the local cloud does not send failed events to %s", target_arn)

    def _as_role(self, config: Event, service: str, region: str) -> Any:
        keys = functions.execution_credentials(config)
        session: Any = boto3.Session(*keys.values(), region_name=region)
        return session.client(service, endpoint_url=self._endpoint)


def _record(function_arn: str, event: Event, result: Event, attempts: int) -> Event:
    return {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": str(uuid4()),
            "functionArn": f"{function_arn}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": attempts,
        },
        "requestPayload": event,
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": result.get("function_error") or "Unhandled",
        },
        "responsePayload": result.get("body") if isinstance(result.get("body"), dict) else {},
    }


def _text(error: Any) -> str:
    return str(error.get("errorMessage", ""))[:1024] if isinstance(error, dict) else ""
