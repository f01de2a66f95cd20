"""The rules for a pipeline's structure (CodePipeline user guide, "CodePipeline pipeline structure reference")."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from localcloud.services.codepipeline import variables
from localcloud.services.codepipeline.errors import invalid_action, invalid_stage, invalid_structure
from localcloud.services.codepipeline.models import Action, Pipeline, Stage
from localcloud.services.codepipeline.providers import RULES, Rules, environment_variables

if TYPE_CHECKING:
    from mypy_boto3_codepipeline.type_defs import PipelineDeclarationTypeDef, StageDeclarationTypeDef

_LEAST_STAGES = 2
_MOST_STAGES = 50
_STAGE_MEMBERS_NOT_SERVED = ("beforeEntry", "onSuccess", "onFailure", "blockers")
_ACTION_MEMBERS_NOT_SERVED = ("commands", "outputVariables", "environmentVariables")


def check(pipeline: Pipeline) -> None:
    """Check every rule that botocore's model does not carry, and that the local cloud runs what is declared.

    Raises:
        AwsError: InvalidStructureException, InvalidStageDeclarationException or InvalidActionDeclarationException.
    """
    declaration, stages = pipeline.declaration, pipeline.stages
    _check_artifact_store(declaration)
    if not _LEAST_STAGES <= len(stages) <= _MOST_STAGES:
        raise invalid_structure(
            f"Pipeline should have from {_LEAST_STAGES} to {_MOST_STAGES} stages, given {len(stages)}"
        )
    _check_unique([stage.name for stage in stages], "stage name", "the pipeline")
    _check_version_two(pipeline)
    for stage in declaration["stages"]:
        _check_served(stage, pipeline.region)
    artifacts: set[str] = set()
    namespaces = set(variables.RESERVED)
    for stage in stages:
        _check_stage(stage, first=stage is stages[0])
        for action in sorted(stage.actions, key=lambda action: action.run_order):
            _check_action(action, stage, artifacts, namespaces)
        artifacts |= _outputs(stage.actions)
        namespaces |= _namespaces(stage.actions)
    actions = [action for stage in stages for action in stage.actions]
    outputs = [name for action in actions for name in action.outputs]
    namespaces_of_actions = [action.namespace for action in actions if action.namespace is not None]
    _check_unique(outputs, "output artifact", "the pipeline")
    _check_unique(namespaces_of_actions, "namespace", "the pipeline")
    if clash := sorted(set(namespaces_of_actions) & {*outputs, *variables.RESERVED}):
        raise invalid_structure(f"namespace {clash[0]} is taken by an artifact or reserved")


def _check_artifact_store(declaration: PipelineDeclarationTypeDef) -> None:
    if ("artifactStore" in declaration) == ("artifactStores" in declaration):
        raise invalid_structure("exactly one of artifactStore and artifactStores has to be given")
    if "artifactStores" in declaration:
        raise invalid_structure("the local cloud runs pipelines with one artifactStore")


def _check_served(stage: StageDeclarationTypeDef, region: str) -> None:
    refused = [member for member in _STAGE_MEMBERS_NOT_SERVED if stage.get(member)]
    if refused:
        raise invalid_stage(stage["name"], f": the local cloud does not run {refused[0]}")
    for action in stage["actions"]:
        where = f"Action {action['name']} of stage {stage['name']}"
        if refused := [member for member in _ACTION_MEMBERS_NOT_SERVED if action.get(member)]:
            raise invalid_action(where, f"the local cloud does not run actions with {refused[0]}")
        # The actions of a pipeline with one artifact store are in its region.
        if (action_region := action.get("region", region)) != region:
            raise invalid_action(where, f"the local cloud runs no action in {action_region}")


def _check_version_two(pipeline: Pipeline) -> None:
    members = {
        "variables": bool(pipeline.variables),
        "triggers": bool(pipeline.triggers),
        "executionMode": pipeline.execution_mode != "SUPERSEDED",
    }
    used = [member for member, is_used in members.items() if is_used]
    if used and pipeline.declaration.get("pipelineType") != "V2":
        raise invalid_structure(f"{', '.join(used)}: only pipelines of type V2 have this")
    _check_unique([variable["name"] for variable in pipeline.variables], "variable", "the pipeline")
    providers = {action.name: action.provider for action in pipeline.sources}
    for trigger in pipeline.triggers:
        git = trigger["gitConfiguration"]
        source = git["sourceActionName"]
        if providers.get(source) != trigger["providerType"]:
            raise invalid_structure(
                f"trigger: there is no source action {source} of provider {trigger['providerType']}"
            )
        if git.get("push") and git.get("pullRequest"):
            raise invalid_structure(f"trigger of {source}: push and pullRequest exclude each other")


def _check_stage(stage: Stage, *, first: bool) -> None:
    if not stage.actions:
        raise invalid_stage(stage.name, " has no actions")
    _check_unique([action.name for action in stage.actions], "action name", f"stage {stage.name}")
    categories = {action.type_id["category"] for action in stage.actions}
    if first and categories != {"Source"}:
        raise invalid_structure("Pipeline should start with a stage that only contains source actions")
    if not first and "Source" in categories:
        raise invalid_structure(
            f"Pipeline contains one or more source actions in stage {stage.name}, which is not its first"
        )


def _check_action(action: Action, stage: Stage, artifacts: set[str], namespaces: set[str]) -> None:
    """Check an action against its provider's rules, and that earlier actions produce what it takes."""
    where = f"Action {action.name} of stage {stage.name}"
    type_id = action.type_id
    kind = (type_id["category"], type_id["owner"], type_id["provider"], type_id["version"])
    if kind not in RULES:
        raise invalid_action(where, f"the local cloud does not run {'/'.join(kind)}")
    if action.timeout_in_minutes is not None and type_id["category"] != "Approval":
        raise invalid_action(where, "timeoutInMinutes: only approval actions have this")
    _check_counts(where, action, RULES[kind])
    earlier = [other for other in stage.actions if other.run_order < action.run_order]
    for name in action.inputs:
        if name not in artifacts | _outputs(earlier):
            raise invalid_action(where, f"input artifact {name} is the output of no earlier action")
    for namespace, name in variables.references(action.configuration):
        if namespace not in namespaces | _namespaces(earlier):
            raise invalid_action(where, f"#{{{namespace}.{name}}} refers to the namespace of no earlier action")
    _check_configuration(where, action, RULES[kind])


def _check_counts(where: str, action: Action, rules: Rules) -> None:
    counts = (("inputArtifacts", action.inputs, rules.inputs), ("outputArtifacts", action.outputs, rules.outputs))
    for member, names, (least, most) in counts:
        if not least <= len(names) <= most:
            raise invalid_action(where, f"{member}: expected from {least} to {most}, given {len(names)}")


def _check_configuration(where: str, action: Action, rules: Rules) -> None:
    configuration = action.configuration
    if missing := sorted(rules.required - configuration.keys()):
        raise invalid_action(where, f"configuration {', '.join(missing)} is missing")
    if unknown := sorted(configuration.keys() - rules.required - rules.optional):
        raise invalid_action(where, f"configuration {', '.join(unknown)} is not known")
    if action.provider == "CodeBuild":
        if len(action.inputs) > 1 and configuration.get("PrimarySource") not in action.inputs:
            raise invalid_action(where, "configuration PrimarySource has to name one of several input artifacts")
        if configuration.get("BatchEnabled", "false").lower() == "true":
            raise invalid_action(where, "the local cloud runs no batch builds")
        environment_variables(where, configuration)
    if action.provider == "S3":
        if configuration["Extract"] != "false":
            raise invalid_action(where, "the local cloud unpacks nothing into a bucket: Extract has to be false")
        if not configuration.get("ObjectKey"):
            raise invalid_action(where, "configuration ObjectKey is required where Extract is false")
    if configuration.get("OutputArtifactFormat", "CODE_ZIP") != "CODE_ZIP":
        raise invalid_action(where, "the local cloud hands sources over as CODE_ZIP")


def _check_unique(names: Iterable[str], kind: str, where: str) -> None:
    if twice := sorted(name for name, count in Counter(names).items() if count > 1):
        raise invalid_structure(f"{kind} {twice[0]} is used twice in {where}")


def _outputs(actions: Iterable[Action]) -> set[str]:
    return {name for action in actions for name in action.outputs}


def _namespaces(actions: Iterable[Action]) -> set[str]:
    return {action.namespace for action in actions if action.namespace is not None}
