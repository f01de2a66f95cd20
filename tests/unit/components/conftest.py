"""Components under Pulumi's mocks: every registration is kept, with its URN and its options."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components import (
    Cicd,
    CicdArgs,
    KpiVisualization,
    KpiVisualizationArgs,
    Storage,
    StorageArgs,
    Workspace,
)
from components.cicd.jobs import JOBS, Job
from contract.names import Deployment
from lambdas import packaging
from settings import StackSettings
from settings.delivery import DeliverySettings
from settings.kpis import KpiSettings
from settings.load import parse
from tools.security.program import AwsAnswers, Recorder, run_program, with_every_option

ROOT = Path(__file__).parents[3]
TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:abalone-local-notifications"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/1"


class Answers(pulumi.runtime.Mocks):
    """Answers as a provider would: the inputs, and the outputs that other resources refer to."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        outputs = {
            "arn": f"arn:mock:{args.name}",
            "name": args.name,
            "url": f"https://queue/{args.name}",
            "keyId": f"key-{args.name}",
            "modelPackageGroupArn": f"arn:mock:{args.name}",
        }
        return f"{args.name}-id", {**outputs, **args.inputs}

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        raise AssertionError(f"components call nothing, but {args.token} was called")


class Registered(Recorder):
    """What was registered: resources by name, with inputs, URN and options."""

    def __init__(self, answers: pulumi.runtime.Mocks | None = None) -> None:
        super().__init__(answers or Answers())
        self.finished: set[str] = set()

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the engine's name
        self.finished.add(request.urn)
        return super().RegisterResourceOutputs(request)

    def urn(self, name: str) -> str:
        return next(urn for urn in self.resources if urn.endswith(f"::{name}"))

    def inputs(self, name: str) -> dict[str, Any]:
        """The inputs and mocked outputs of one resource, with the provider's names."""
        return self.resources[self.urn(name)].state

    def names_of(self, type_token: str) -> list[str]:
        return sorted(
            urn.rpartition("::")[2] for urn in self.resources if urn.split("::")[2].split("$")[-1] == type_token
        )

    def statements(self, name: str, key: str = "policy") -> dict[str, dict[str, Any]]:
        """The statements of a resource's policy document, by Sid."""
        document = json.loads(self.inputs(name)[key])
        return {statement.get("Sid", ""): statement for statement in document["Statement"]}


Builder = Callable[..., Registered]


@pytest.fixture(scope="session")
def build(no_stack_traces: None) -> Builder:
    """Run `make` as a program; return what it registers."""

    def run(make: Callable[[], object], *, preview: bool = False) -> Registered:
        registered = Registered()
        pulumi.runtime.set_mocks(
            registered.mocks, project="mlops-infra", stack="local", preview=preview, monitor=registered
        )

        @pulumi.runtime.test
        def program() -> None:
            make()

        program()
        return registered

    return run


@pytest.fixture(scope="session")
def local_settings(tmp_path_factory: pytest.TempPathFactory) -> StackSettings:
    directory = tmp_path_factory.mktemp("no-code-config")
    config = yaml.safe_load((ROOT / "Pulumi.local.yaml").read_text())["config"]
    return parse("local", {k: v if isinstance(v, str) else json.dumps(v) for k, v in config.items()}, [], directory)


@pytest.fixture(scope="session")
def deployment(local_settings: StackSettings) -> Deployment:
    return local_settings.deployment


@pytest.fixture(scope="session")
def workspace(deployment: Deployment, local_settings: StackSettings) -> Callable[..., Workspace]:
    """Create a workspace with existing buckets, of the local settings by default; call it inside `build`."""

    def make(**changes: Any) -> Workspace:
        def bucket(short_name: str) -> Storage:
            args = StorageArgs(deployment=deployment, short_name=short_name, existing_name=short_name, key_arn=KEY_ARN)
            return Storage(short_name, args)

        fields: dict[str, Any] = {
            "deployment": deployment,
            "pipeline": local_settings.pipeline,
            "use_case_id": "abalone",
            "artifacts": bucket("artifacts"),
            "data": bucket("data-bucket"),
            "key_arn": KEY_ARN,
        }
        return Workspace(**{**fields, **changes})

    return make


@pytest.fixture(scope="session")
def kpis(workspace: Callable[..., Workspace], local_settings: StackSettings) -> Callable[..., KpiVisualization]:
    """Create KPI visualisation with the local settings and some changes; call it inside `build`."""

    def make(
        *, quicksight: Any = None, lake_formation: Any = None, job_role_arns: Any = None, **changes: Any
    ) -> KpiVisualization:
        section = local_settings.kpis.model_dump(by_alias=True, mode="json")
        section["quicksight"].update(quicksight or {})
        section["lakeFormation"].update(lake_formation or {})
        return KpiVisualization(
            "kpis",
            KpiVisualizationArgs(
                workspace=workspace(**changes),
                settings=KpiSettings.model_validate_json(json.dumps(section)),
                notifier_role_arn="arn:aws:iam::123456789012:role/abalone-local-notifier",
                job_role_arns=job_role_arns or {},
            ),
        )

    return make


@pytest.fixture(scope="session")
def kpi_stack(build: Builder, kpis: Callable[..., KpiVisualization]) -> Builder:
    """What `kpis` registers, built once for each set of changes; not to be changed by tests."""
    built: dict[str, Registered] = {}

    def get(*, preview: bool = False, **changes: Any) -> Registered:
        key = json.dumps([preview, changes], default=str, sort_keys=True)
        if key not in built:
            built[key] = build(lambda: kpis(**changes), preview=preview)
        return built[key]

    return get


@pytest.fixture(scope="session")
def delivered(local_settings: StackSettings) -> Callable[..., StackSettings]:
    """The local settings with another delivery section: `source` and `approval` are merged, the rest is replaced."""

    def make(*, source: Any = None, approval: Any = None, **changes: Any) -> StackSettings:
        section = local_settings.delivery.model_dump(by_alias=True, mode="json")
        section["source"].update(source or {})
        section["approval"].update(approval or {})
        delivery = DeliverySettings.model_validate_json(json.dumps({**section, **changes}))
        return local_settings.model_copy(update={"delivery": delivery})

    return make


@pytest.fixture(scope="session")
def cicd(workspace: Callable[..., Workspace], delivered: Callable[..., StackSettings]) -> Callable[..., Cicd]:
    """Create the delivery pipeline with the local settings and some changes; call it inside `build`."""

    def make(settings: StackSettings | None = None, *, jobs: tuple[Job, ...] = JOBS, **changes: Any) -> Cicd:
        return Cicd(
            "delivery",
            CicdArgs(
                workspace=workspace(),
                settings=settings or delivered(**changes),
                topic_arn=TOPIC_ARN,
                upsert_environment={"SAGEMAKER_PIPELINE_NAME": "abalone-local"},
                jobs=jobs,
            ),
        )

    return make


@pytest.fixture(scope="session")
def cicd_stack(build: Builder, cicd: Callable[..., Cicd]) -> Registered:
    """What the delivery pipeline registers with the local settings; not to be changed by tests."""
    return build(cicd)


Program = Callable[..., Registered]


def local_config(stack: str = "local") -> dict[str, Any]:
    """The configuration of a stack, by key; a copy to change."""
    return yaml.load((ROOT / f"Pulumi.{stack}.yaml").read_text(), yaml.CSafeLoader)["config"]


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory, no_stack_traces: None) -> Program:
    """Run `__main__.py` for a stack with a configuration; return what it registers, with AWS's ARNs."""
    zip_file = tmp_path_factory.mktemp("package") / "notifier.zip"
    zip_file.write_bytes(b"PK\x05\x06" + bytes(18))

    def run(config: dict[str, Any], stack: str = "local") -> Registered:
        registered = Registered(AwsAnswers(config["aws:region"]))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(packaging, "build", lambda _: zip_file)
            run_program(stack, config, registered)
        return registered

    return run


@pytest.fixture(scope="session")
def whole_program(program: Program) -> Registered:
    """What `__main__.py` registers for stack local with all optional parts."""
    config = local_config()
    with_every_option(config)
    return program(config)


BUCKET_OF_A_TEAM = "a-team-s-bucket"
# Characters that tags take and lists of pairs would not.
TAGS_OF_A_TEAM = {"cost=center": "a=b 1:2/3", "Team": "science"}


@pytest.fixture(scope="session")
def program_of_a_team(program: Program) -> Registered:
    """What `__main__.py` registers for a team with tags and one bucket for all of its own."""
    config = local_config()
    config["mlops-infra:tags"] = TAGS_OF_A_TEAM
    config["mlops-infra:buckets"] = {"artifacts": BUCKET_OF_A_TEAM, "data": BUCKET_OF_A_TEAM}
    return program(config)
