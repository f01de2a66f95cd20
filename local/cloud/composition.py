"""The parts of the local cloud, wired together."""

import secrets
from typing import Any

from local.backend import create_backend
from local.cloud import emulator, encryption, functions, missing_objects, passrole
from local.cloud.app import Cloud
from local.cloud.athena.api import Athena
from local.cloud.chatbot import chatbot
from local.cloud.clients import Clients
from local.cloud.delivery import delivery
from local.cloud.events.bus import Bus
from local.cloud.glue.api import Glue
from local.cloud.internal import Internal, Route
from local.cloud.keys import AccessKey
from local.cloud.lakeformation.api import lakeformation
from local.cloud.mailbox import Mailbox
from local.cloud.monitoring.alarm_actions import AlarmActions
from local.cloud.monitoring.alarms import Alarms
from local.cloud.monitoring.metrics import Metrics
from local.cloud.objects import read_as, unreadable_model
from local.cloud.quicksight.api import QuickSight
from local.cloud.sagemaker.api import sagemaker
from local.cloud.sagemaker.process import RunnerProcess
from local.layout import MARKER, Layout
from local.principals import create_principals


class Composition:
    """Everything behind one port."""

    def __init__(self, layout: Layout, region: str, endpoint: str, root: AccessKey, runner: tuple[str, ...]) -> None:
        self.endpoint = endpoint
        self._region = region
        self._clients = Clients(endpoint, region, root)
        self._token = secrets.token_urlsafe(32)
        self._runner = RunnerProcess(runner, layout.executions, endpoint, {MARKER: str(layout.state_dir)})
        functions.isolate_runtime(layout.tmp / "lambda-runtime")
        functions.FailureDestinations(endpoint)
        metrics = Metrics(region)
        mailbox = Mailbox(layout.inbox)
        self._bus = Bus(self._clients, metrics)
        self._alarms = Alarms(self._clients, metrics, region)
        self._alarm_actions = AlarmActions(self._clients, region)
        self._delivery = delivery(layout, endpoint, region, self._bus)
        quicksight = QuickSight(endpoint)
        self._athena = Athena(endpoint, region, self._bus.emit, metrics, layout.tmp)
        self._glue = Glue(endpoint, self._bus.emit, layout.tmp)
        services = {
            **self._delivery.services,
            "sagemaker": sagemaker(
                self._runner,
                emit=self._bus.emit,
                read_object=read_as(endpoint),
                validate=unreadable_model(endpoint),
            ),
            "chatbot": chatbot(),
            "lakeformation": lakeformation(),
            "quicksight": quicksight.service,
            "athena": self._athena.service,
            "glue": self._glue.service,
        }
        routes = {
            **self._routes(),
            ("GET", "/_local/spice"): lambda _request: quicksight.rows(),
            ("GET", "/_local/inbox"): lambda _request: mailbox.mails(),
        }
        internal = Internal(self._token, routes)
        guards = (passrole.GUARDS, encryption.GUARDS, missing_objects.GUARDS)
        self.app = Cloud(emulator.application(), services, guards, internal.handle)

    def _routes(self) -> dict[tuple[str, str], Route]:
        """The internal endpoints of events and repositories."""
        return {
            ("GET", "/_local/events"): lambda _request: self._bus.entries(),
            ("POST", "/_local/emit"): lambda request: self._bus.emit_again(request.json()["id"]),
            ("POST", "/_local/fire-rule"): lambda request: self._bus.fire(request.json()["name"]),
            ("POST", "/_local/repositories"): lambda request: {
                "path": self._delivery.create_repository(request.json()["provider"], request.json()["name"])
            },
            ("POST", "/_local/pushed"): lambda request: self._delivery.pushed(
                request.json()["provider"], request.json()["name"]
            ),
            ("POST", "/_local/connection-available"): lambda request: {
                "status": self._delivery.complete_connection(request.json()["arn"])["ConnectionStatus"]
            },
        }

    def prepare(self) -> tuple[dict[str, Any], dict[str, str]]:
        """Creates the state backend and the principals; the credentials, and the backend's addresses."""
        backend = create_backend(self._clients, self.endpoint, self._region)
        principals = create_principals(self._clients, backend, self._region)
        self._alarms.start()
        credentials = {name: key.as_dict() for name, key in principals.items()}
        return {"token": self._token, **credentials}, backend.as_dict()

    def stop(self) -> None:
        """Ends the background work, and the processes of executions and functions."""
        for part in (self._alarms, self._athena, self._glue, self._bus, self._alarm_actions):
            part.stop()
        self._runner.stop_all()
        self._delivery.stop()
        functions.stop()
