"""The rules for a pipeline's structure (CodePipeline user guide, "CodePipeline pipeline structure reference")."""

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from localcloud.http.errors import AwsError
from localcloud.services.codepipeline import variables
from localcloud.services.codepipeline.providers import PROVIDERS, Provider

Record = dict[str, Any]

_LEAST_STAGES = 2
_MOST_STAGES = 50
_CONDITIONS = ("beforeEntry", "onSuccess", "onFailure", "blockers")
_NOT_SERVED = ("commands", "outputVariables", "environmentVariables")


def check(pipeline: Record, region: str) -> None:
    """Every rule that botocore's model does not carry; a pipeline's actions stay in its region here.

    Raises:
        AwsError: InvalidStructureException, InvalidStageDeclarationException or InvalidActionDeclarationException.
    """
    if ("artifactStore" in pipeline) == ("artifactStores" in pipeline):
        raise _structure("exactly one of artifactStore and artifactStores has to be given")
    if "artifactStores" in pipeline:
        raise _structure("the local cloud runs pipelines with one artifactStore")
    stages = pipeline["stages"]
    if not _LEAST_STAGES <= len(stages) <= _MOST_STAGES:
        raise _structure(f"Pipeline should have from {_LEAST_STAGES} to {_MOST_STAGES} stages, given {len(stages)}")
    _unique([stage["name"] for stage in stages], "stage name", "the pipeline")
    _version_two(pipeline)
    produced: set[str] = set()
    namespaces = set(variables.RESERVED)
    for number, stage in enumerate(stages):
        _stage(stage, first=number == 0)
        for action in sorted(stage["actions"], key=lambda action: action.get("runOrder", 1)):
            _action(action, stage, produced, namespaces)
        produced |= {output["name"] for action in stage["actions"] for output in action.get("outputArtifacts", [])}
        namespaces |= {action["namespace"] for action in stage["actions"] if "namespace" in action}
    for action in (action for stage in stages for action in stage["actions"]):
        if action.get("region", region) != region:
            raise _invalid(f"Action {action['name']}", f"the local cloud runs no action in {action['region']}")
    outputs = [output["name"] for stage in stages for a in stage["actions"] for output in a.get("outputArtifacts", [])]
    _unique(outputs, "output artifact", "the pipeline")
    taken = [action["namespace"] for stage in stages for action in stage["actions"] if "namespace" in action]
    _unique(taken, "namespace", "the pipeline")
    if clash := sorted(set(taken) & {*outputs, *variables.RESERVED}):
        raise _structure(f"namespace {clash[0]} is taken by an artifact or reserved")


def _version_two(pipeline: Record) -> None:
    newer = [name for name in ("variables", "triggers") if pipeline.get(name)]
    newer += ["executionMode"] if pipeline.get("executionMode", "SUPERSEDED") != "SUPERSEDED" else []
    if newer and pipeline.get("pipelineType") != "V2":
        raise _structure(f"{', '.join(newer)}: only pipelines of type V2 have this")
    _unique([variable["name"] for variable in pipeline.get("variables", [])], "variable", "the pipeline")
    sources = {action["name"]: action["actionTypeId"]["provider"] for action in pipeline["stages"][0]["actions"]}
    for trigger in pipeline.get("triggers", []):
        name = trigger["gitConfiguration"]["sourceActionName"]
        if sources.get(name) != trigger["providerType"]:
            raise _structure(f"trigger: there is no source action {name} of provider {trigger['providerType']}")
        git = trigger["gitConfiguration"]
        if git.get("push") and git.get("pullRequest"):
            raise _structure(f"trigger of {name}: push and pullRequest exclude each other")


def _stage(stage: Record, *, first: bool) -> None:
    name = stage["name"]
    if not stage["actions"]:
        raise AwsError("InvalidStageDeclarationException", f"Stage {name} has no actions")
    given = [member for member in _CONDITIONS if stage.get(member)]
    if given:
        raise AwsError("InvalidStageDeclarationException", f"Stage {name}: the local cloud does not run {given[0]}")
    _unique([action["name"] for action in stage["actions"]], "action name", f"stage {name}")
    categories = {action["actionTypeId"]["category"] for action in stage["actions"]}
    if first and categories != {"Source"}:
        raise _structure("Pipeline should start with a stage that only contains source actions")
    if not first and "Source" in categories:
        raise _structure(f"Pipeline contains one or more source actions in stage {name}, which is not its first")


def _action(action: Record, stage: Record, produced: set[str], namespaces: set[str]) -> None:
    kind = action["actionTypeId"]
    where = f"Action {action['name']} of stage {stage['name']}"
    provider = PROVIDERS.get((kind["category"], kind["owner"], kind["provider"], kind["version"]))
    if provider is None:
        label = f"{kind['category']}/{kind['owner']}/{kind['provider']}/{kind['version']}"
        raise AwsError("InvalidActionDeclarationException", f"{where}: the local cloud does not run {label}")
    if given := [member for member in _NOT_SERVED if action.get(member)]:
        raise _invalid(where, f"the local cloud does not run actions with {given[0]}")
    if "timeoutInMinutes" in action and kind["category"] != "Approval":
        raise _invalid(where, "timeoutInMinutes: only approval actions have this")
    _artifacts(where, action, provider)
    order = action.get("runOrder", 1)
    earlier = [a for a in stage["actions"] if a.get("runOrder", 1) < order]
    ready = produced | {output["name"] for other in earlier for output in other.get("outputArtifacts", [])}
    for artifact in action.get("inputArtifacts", []):
        if artifact["name"] not in ready:
            raise _invalid(where, f"input artifact {artifact['name']} is the output of no earlier action")
    known = {*namespaces, *(other["namespace"] for other in earlier if "namespace" in other)}
    for namespace, name in variables.references(action.get("configuration", {})):
        if namespace not in known:
            raise _invalid(where, f"#{{{namespace}.{name}}} refers to the namespace of no earlier action")
    _configuration(where, action, provider)


def _artifacts(where: str, action: Record, provider: Provider) -> None:
    for member, (least, most) in (("inputArtifacts", provider.inputs), ("outputArtifacts", provider.outputs)):
        count = len(action.get(member, []))
        if not least <= count <= most:
            raise _invalid(where, f"{member}: expected from {least} to {most}, given {count}")


def _configuration(where: str, action: Record, provider: Provider) -> None:
    given = action.get("configuration", {})
    if missing := sorted(provider.required - given.keys()):
        raise _invalid(where, f"configuration {', '.join(missing)} is missing")
    if unknown := sorted(given.keys() - provider.required - provider.optional):
        raise _invalid(where, f"configuration {', '.join(unknown)} is not known")
    inputs = [artifact["name"] for artifact in action.get("inputArtifacts", [])]
    if action["actionTypeId"]["provider"] == "CodeBuild":
        if len(inputs) > 1 and given.get("PrimarySource") not in inputs:
            raise _invalid(where, "configuration PrimarySource has to name one of several input artifacts")
        if given.get("BatchEnabled", "false").lower() == "true":
            raise _invalid(where, "the local cloud runs no batch builds")
        environment_variables(where, given.get("EnvironmentVariables", "[]"))
    if given.get("OutputArtifactFormat", "CODE_ZIP") != "CODE_ZIP":
        raise _invalid(where, "the local cloud hands sources over as CODE_ZIP")


def environment_variables(where: str, text: str) -> list[Any]:
    """CodeBuild's EnvironmentVariables: a JSON list of {name, value, type}.

    Raises:
        AwsError: InvalidActionDeclarationException.
    """
    try:
        items = json.loads(text)
    except ValueError as error:
        raise _invalid(where, f"configuration EnvironmentVariables is no JSON: {error}") from error
    allowed = ({"name", "value"}, {"name", "value", "type"})
    if not isinstance(items, list) or not all(isinstance(item, dict) and item.keys() in allowed for item in items):
        raise _invalid(where, "configuration EnvironmentVariables has to be a list of {name, value, type}")
    return items


def _unique(names: Iterable[str], what: str, where: str) -> None:
    if twice := sorted(name for name, count in Counter(names).items() if count > 1):
        raise _structure(f"{what} {twice[0]} is used twice in {where}")


def _structure(message: str) -> AwsError:
    return AwsError("InvalidStructureException", message)


def _invalid(where: str, message: str) -> AwsError:
    return AwsError("InvalidActionDeclarationException", f"{where}: {message}")
