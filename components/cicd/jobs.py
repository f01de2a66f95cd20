"""The jobs of the delivery pipeline: one table from which roles, projects, stages, log groups and buildspecs follow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from components import iam
from components.cicd import job_permissions
from components.cicd.job_permissions import JobContext
from contract.layout import PREVIEW_CHANGES
from contract.names import DEPLOY_STAGE, PREVIEW_STAGE, SOURCE_STAGE, UPSERT_STAGE
from settings.delivery import DeliverySettings

SharedPolicies = Literal["read", "manage", "update-roles"]
"""Groups of the managed policies that are rendered from the table of what the stack manages."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One CodeBuild project with its role and its log group, all named `{prefix}-{name}`.

    `stage` is None for a job that runs beside the pipeline, started by a rule. `description` is the role's.

    The role may write the job's log, and read its inputs and write its output, or fetch its source; beside that it has
    access to the `state` of the stack, the `shared_policies` and what `permissions` returns. What runs before the
    approval is any commit's code: such a job may read, and write nothing but its output.
    """

    name: str
    description: str
    module: str
    stage: str | None = None
    # Where an approval is required, it comes before the first stage that says so.
    after_approval: bool = False
    is_enabled: Callable[[DeliverySettings], bool] = field(default=lambda _: True)
    # Where the source is on GitHub, a workflow there does this with the job's role, and there is no project.
    is_workflow_on_github: bool = False

    state: Literal["read", "write"] | None = None
    shared_policies: tuple[SharedPolicies, ...] = ()
    permissions: Callable[[JobContext], list[iam.AnyStatement]] = field(default=lambda _: [])

    # With the time that a job which writes the state may wait for its lock (delivery/engine.py). There is no limit of
    # concurrent builds: beyond one, starting a build is an error ("Builds in AWS CodeBuild"), and the execution that
    # SelfUpdate starts may reach that stage while the build before it still ends.
    minutes: int = 30
    # A build beside the pipeline runs the commit that was deployed last, or clones a repository to find a commit in it.
    clones_repository: bool = False
    compute_type: str = "BUILD_GENERAL1_SMALL"
    # The variables of the project: those of the stack with `variables`, or those of the ML pipeline's upsert.
    environment: Literal["stack", "ml-pipeline"] = "stack"
    variables: tuple[str, ...] = ()
    install: tuple[str, ...] = ("python -m delivery.install",)
    # A file that keeps what the module prints, and is printed as well.
    stdout: str | None = None

    inputs: tuple[str, ...] = (SOURCE_STAGE,)
    # Files below `delivery-output`, for the artifact that is named after the stage.
    output_files: tuple[str, ...] = ()
    # Variables that the pipeline's history shows, with the shell command that prints each one's value.
    exports: Mapping[str, str] = field(default_factory=dict[str, str])


_UPSERT_OUTPUT: Final = "upsert.json"
"""What the Upsert stage's module prints, in its build's working folder."""


def _from_upsert(key: str) -> str:
    return f"""python -c 'import json; print(json.load(open("{_UPSERT_OUTPUT}"))["{key}"])'"""


_INSTALL_SAGEMAKER_SDK: Final = (
    ".venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes "
    "--only-binary :all: --requirement pipeline_def/requirements.lock"
)

JOBS: Final = (
    Job(
        name="preview",
        stage=PREVIEW_STAGE,
        # A preview asks AWS nothing about resources.
        description="Reads the state without its secrets, for previews",
        module="delivery.preview",
        state="read",
        output_files=(PREVIEW_CHANGES,),
    ),
    Job(
        name="self-update",
        stage="SelfUpdate",
        after_approval=True,
        description="Changes the delivery pipeline itself and nothing else",
        module="delivery.self_update",
        state="write",
        shared_policies=("update-roles",),
        permissions=job_permissions.self_update,
        minutes=105,
        inputs=(SOURCE_STAGE, PREVIEW_STAGE),
    ),
    Job(
        name="deploy",
        stage=DEPLOY_STAGE,
        after_approval=True,
        description="Deploys the stack within the permissions boundary",
        module="delivery.deploy",
        state="write",
        shared_policies=("read", "manage"),
        minutes=120,
        inputs=(SOURCE_STAGE, PREVIEW_STAGE),
    ),
    Job(
        name="upsert",
        stage=UPSERT_STAGE,
        after_approval=True,
        description="Creates and updates the SageMaker pipeline",
        module="pipeline_def.upsert",
        permissions=job_permissions.upsert,
        # The SageMaker SDK is a gigabyte.
        compute_type="BUILD_GENERAL1_MEDIUM",
        environment="ml-pipeline",
        install=(
            "python -m delivery.install --without-cli",
            _INSTALL_SAGEMAKER_SDK,
        ),
        stdout=_UPSERT_OUTPUT,
        exports={"PIPELINE_ACTION": _from_upsert("action"), "PIPELINE_ARN": _from_upsert("pipeline_arn")},
    ),
    Job(
        name="verify",
        stage="Verify",
        after_approval=True,
        description="Reads what was deployed",
        module="delivery.verify",
        state="read",
        shared_policies=("read",),
        permissions=job_permissions.verify,
    ),
    Job(
        name="drift",
        description="Compares what is deployed with the state, without its secrets",
        module="delivery.drift",
        is_enabled=lambda delivery: delivery.drift_schedule is not None,
        state="read",
        shared_policies=("read",),
        permissions=job_permissions.drift,
    ),
    Job(
        # It runs code that nobody has reviewed yet.
        name="pull-request",
        description="Reads the state without its secrets, for pull requests",
        module="delivery.pull_request",
        is_enabled=lambda delivery: delivery.pull_request_previews,
        is_workflow_on_github=True,
        state="read",
        permissions=job_permissions.pull_request,
        clones_repository=True,
        variables=("REPOSITORY_NAME",),
    ),
)
"""Those with a stage are in the order of the stages."""
