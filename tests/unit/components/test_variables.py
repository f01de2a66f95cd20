"""Every environment variable that one part reads is set by the part that starts it, and the other way round."""

from __future__ import annotations

import dataclasses
import importlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from components.cicd.jobs import JOBS, Job
from delivery.environment import JobEnvironment
from lambdas.notifier.settings import Settings
from pipeline_def.environment import VARIABLES, parse

from .conftest import TAGS_OF_A_TEAM, local_config

if TYPE_CHECKING:
    from .conftest import Registered

STACK_JOBS = [job for job in JOBS if job.environment == "stack"]
# CodeBuild's own ("Environment variables in build environments", CodeBuild User Guide).
SET_BY_CODEBUILD = {"CODEBUILD_INITIATOR"}
# The engine itself reads it.
READ_BY_THE_ENGINE = {"PULUMI_SECRETS_PROVIDER"}


def project_variables(program: Registered, job: str) -> dict[str, str]:
    environment = program.inputs(f"delivery-{job}-project")["environment"]
    return {variable["name"]: variable["value"] for variable in environment["environmentVariables"]}


def started_with(program: Registered, job: Job) -> set[str]:
    """The variables of a job's project, and those of the action or the rule that starts it."""
    names = set(project_variables(program, job.name))
    for stage in program.inputs("delivery-pipeline")["stages"]:
        for action in stage["actions"]:
            if stage["name"] == job.stage and "EnvironmentVariables" in action["configuration"]:
                names |= {item["name"] for item in json.loads(action["configuration"]["EnvironmentVariables"])}
    if job.stage is None:
        template = str(program.inputs(f"delivery-{job.name}-target").get("inputTransformer", ""))
        names |= {name for name in reads(job) if f'"{name}"' in template}
    return names


def reads(job: Job) -> set[str]:
    """The variables that the record of a job's module has."""
    module = importlib.import_module(job.module)
    # The record that the module imports, not what others of its package derive from it.
    [record] = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, JobEnvironment) and value is not JobEnvironment
    ]
    assert record.model_fields
    return {str(field.alias) for field in record.model_fields.values()}


@pytest.mark.parametrize("job", STACK_JOBS, ids=lambda job: job.name)
def test_a_job_is_started_with_every_variable_that_it_reads(whole_program: Registered, job: Job) -> None:
    assert reads(job) - SET_BY_CODEBUILD <= started_with(whole_program, job)


def test_no_job_is_started_with_a_variable_that_none_reads(whole_program: Registered) -> None:
    started = {name for job in STACK_JOBS for name in started_with(whole_program, job)}
    assert started == {name for job in STACK_JOBS for name in reads(job)} - SET_BY_CODEBUILD | READ_BY_THE_ENGINE


def test_the_upsert_is_started_with_every_variable_that_it_reads(whole_program: Registered) -> None:
    [job] = [job for job in JOBS if job.environment == "ml-pipeline"]
    # The commit is CodeBuild's own word (pipeline_def/commit.py).
    assert project_variables(whole_program, job.name).keys() == VARIABLES.keys() - {"COMMIT"}


def test_the_notifier_is_started_with_every_variable_that_it_reads(whole_program: Registered) -> None:
    variables = whole_program.inputs("notifications-notifier-function")["environment"]["variables"]
    own_variables = {name for name in variables if not name.startswith("POWERTOOLS_")}
    assert own_variables == {field.name.upper() for field in dataclasses.fields(Settings)}


def test_the_teams_tags_and_the_projects_reach_the_ml_pipeline_and_its_jobs(program_of_a_team: Registered) -> None:
    config: dict[str, Any] = local_config()
    variables = project_variables(program_of_a_team, "upsert")
    tags = parse({**variables, "COMMIT": "abc1234"}).job_tags
    assert tags == {
        **TAGS_OF_A_TEAM,
        "environment": "local",
        "project": "abalone",
        "sagemaker:project-id": config["mlops-infra:project"]["sagemakerProjectId"],
        "sagemaker:project-name": config["mlops-infra:project"]["sagemakerProjectName"],
        "use-case": "abalone",
    }
