"""The parts of the local cloud, wired together."""

import secrets
import shlex
import sys

from localcloud.clients import AccessKey, Clients
from localcloud.emulator import concurrency, functions, identity
from localcloud.emulator.application import application
from localcloud.iam.guards import GUARDS
from localcloud.iam.key_use import may_read_variables
from localcloud.iam.requests import condition_keys_of, resource_of
from localcloud.layout import MARKER, Layout
from localcloud.options import Options
from localcloud.server.app import Cloud
from localcloud.server.developer_tools import DeveloperTools
from localcloud.server.internal import Internal, Route
from localcloud.services.accessanalyzer.operations import accessanalyzer
from localcloud.services.athena.operations import Athena
from localcloud.services.chatbot.operations import chatbot
from localcloud.services.cloudwatch.alarm_actions import AlarmActions
from localcloud.services.cloudwatch.alarms import Alarms
from localcloud.services.cloudwatch.metrics import Metrics
from localcloud.services.events.bus import Bus
from localcloud.services.glue.operations import Glue
from localcloud.services.iam import identity_providers, simulation
from localcloud.services.lakeformation.operations import LakeFormation
from localcloud.services.lambda_functions import runtime
from localcloud.services.lambda_functions.failures import FailureDestinations
from localcloud.services.quicksight.operations import QuickSight
from localcloud.services.sagemaker.operations import SageMaker
from localcloud.services.sagemaker.process import Runner
from localcloud.services.servicequotas.models import CONCURRENT_EXECUTIONS, Quotas
from localcloud.services.servicequotas.operations import servicequotas
from localcloud.services.sns.models import Mailbox


class Composition:
    """Everything behind one port."""

    def __init__(self, layout: Layout, options: Options, endpoint: str, root: AccessKey) -> None:
        region = options.region
        self.endpoint = endpoint
        self._clients = Clients(endpoint, region, root)
        self.token = secrets.token_urlsafe(32)
        runtime.isolate_runtime(layout.tmp / "lambda-runtime")
        FailureDestinations(endpoint)
        metrics = Metrics(region)
        mailbox = Mailbox(layout.inbox)
        self._bus = Bus(self._clients, metrics)
        self._alarms = Alarms(self._clients, metrics, region)
        self._alarm_actions = AlarmActions(self._clients, region)
        self._developer_tools = DeveloperTools(layout, options, endpoint, self._bus)
        quicksight, quotas = QuickSight(endpoint), Quotas()
        lakeformation = LakeFormation(endpoint)
        governance = lakeformation.governance
        self._athena = Athena(endpoint, region, self._bus.emit, metrics, layout.tmp, governance)
        self._glue = Glue(endpoint, self._bus.emit, layout.tmp, governance)
        self._sagemaker = SageMaker(endpoint, self._bus.emit, _runner(layout, options, endpoint))
        services = {
            **self._developer_tools.services,
            "sagemaker": self._sagemaker.service,
            "access-analyzer": accessanalyzer(),
            "chatbot": chatbot(),
            "lakeformation": lakeformation.service,
            "quicksight": quicksight.service,
            "athena": self._athena.service,
            "glue": self._glue.service,
            "servicequotas": servicequotas(quotas),
        }
        routes = {
            **self._routes(),
            ("GET", "/_local/spice"): lambda _request: quicksight.rows(),
            ("GET", "/_local/inbox"): lambda _request: mailbox.mails(),
            ("POST", "/_local/quota"): lambda request: quotas.set(**request.json()),
        }
        internal = Internal(self.token, routes)
        identity.check_root_signature()
        identity.parse_policies_once()
        identity.drop_ineffective_key_statements()
        identity.name_roles_of_sessions()
        functions.hide_variables(may_read_variables)
        concurrency.enforce(lambda: int(quotas.value("lambda", CONCURRENT_EXECUTIONS)))
        identity_providers.add_operations()
        simulation.add_operations()
        emulated = application(resource_of, condition_keys_of)
        self._alarms.start()
        self.app = Cloud(emulated, services, GUARDS, internal.handle)

    def _routes(self) -> dict[tuple[str, str], Route]:
        """Return the internal endpoints of events and repositories."""
        return {
            ("GET", "/_local/events"): lambda _request: self._bus.entries(),
            ("POST", "/_local/emit"): lambda request: self._bus.emit_again(request.json()["id"]),
            ("POST", "/_local/put-events"): lambda request: self._bus.put(request.json()["events"]),
            ("POST", "/_local/fire-rule"): lambda request: self._bus.fire(request.json()["name"]),
            ("POST", "/_local/repositories"): lambda request: {
                "path": self._developer_tools.create_repository(request.json()["provider"], request.json()["name"])
            },
            ("POST", "/_local/pushed"): lambda request: self._developer_tools.pushed(
                request.json()["provider"], request.json()["name"]
            ),
            ("POST", "/_local/connection-available"): lambda request: {
                "status": self._developer_tools.complete_connection(request.json()["arn"])
            },
        }

    def stop(self) -> None:
        """End the background work, and the processes of executions and functions."""
        for part in (self._alarms, self._athena, self._glue, self._sagemaker, self._bus, self._alarm_actions):
            part.stop()
        self._developer_tools.stop()
        runtime.stop()


def _runner(layout: Layout, options: Options, endpoint: str) -> Runner:
    """Return how executions of pipelines are run: by the command of the options, else by this distribution."""
    command = shlex.split(options.runner) or [sys.executable, "-P", "-m", "localcloud.runners.executions"]
    variables = {MARKER: str(layout.state_dir)}
    return Runner(command=tuple(command), folder=layout.executions, endpoint=endpoint, variables=variables)
