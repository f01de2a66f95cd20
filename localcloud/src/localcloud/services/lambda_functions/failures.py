"""Failed asynchronous invocations, sent on with the permissions of the function's role, as Lambda does.

Source: Lambda developer guide, "Capturing records of Lambda asynchronous invocations".
"""

import json
import logging
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.clients import AccessKey, Clients
from localcloud.emulator import functions, monitoring
from localcloud.emulator.functions import Function, InvocationResult
from localcloud.services.lambda_functions.models import error_of, invocation_record

log = logging.getLogger("localcloud")

_LONGEST_MESSAGE = 1024
"""Characters of the error in a dead-letter queue's message."""


class FailureDestinations:
    """Send the invocations whose retries are exhausted to the function's destination or dead-letter queue."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        functions.route_failures(self._route)

    def _route(self, target_arn: str, function_name: str, event: object, result: InvocationResult) -> None:
        function = functions.function(function_name)
        is_destination = target_arn == function.failure_destination
        try:
            if is_destination:
                self._send(function, target_arn, json.dumps(invocation_record(function, event, result)), {})
            else:
                message = str(error_of(result).get("errorMessage", ""))[:_LONGEST_MESSAGE]
                attributes = {"RequestID": str(uuid4()), "ErrorCode": "200", "ErrorMessage": message}
                self._send(function, target_arn, json.dumps(event), attributes)
        except (ClientError, BotoCoreError):
            log.exception("function %s: the failed event could not be sent to %s", function_name, target_arn)
            metric = "DestinationDeliveryFailures" if is_destination else "DeadLetterErrors"
            monitoring.record_metric("AWS/Lambda", metric, 1, {"FunctionName": function_name})

    def _send(self, function: Function, target_arn: str, body: str, attributes: dict[str, str]) -> None:
        _, _, service, region, account, name = target_arn.split(":", 5)
        credentials = functions.execution_credentials(function)
        key = AccessKey(credentials["AWS_ACCESS_KEY_ID"], credentials["AWS_SECRET_ACCESS_KEY"])
        clients = Clients(self._endpoint, region, key, credentials["AWS_SESSION_TOKEN"])
        values = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value}
        if service == "sqs":
            url = f"{self._endpoint}/{account}/{name}"
            clients("sqs").send_message(QueueUrl=url, MessageBody=body, MessageAttributes=values)
        elif service == "sns":
            clients("sns").publish(TopicArn=target_arn, Message=body, MessageAttributes=values)
        elif service == "lambda":
            clients("lambda").invoke(FunctionName=target_arn, InvocationType="Event", Payload=body.encode())
        else:
            log.error("the local cloud does not send failed events to %s", target_arn)
