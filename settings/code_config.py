"""The `.sagemaker-code-config` file of SageMaker Studio: values that a stack file may leave out."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from pydantic import TypeAdapter, ValidationError

FILE_NAME = ".sagemaker-code-config"

# Settings key -> the file's keys, the first that is there wins.
SOURCES: dict[tuple[str, str], tuple[str, ...]] = {
    ("project", "name"): ("projectShortName",),
    ("project", "useCaseId"): ("useCaseId", "projectShortName"),
    ("project", "sagemakerProjectName"): ("sagemakerProjectName",),
    ("project", "sagemakerProjectId"): ("sagemakerProjectId",),
    ("pipeline", "name"): ("sagemakerPipelineName",),
}


def read(directory: Path) -> Mapping[str, object]:
    """Return the file's content, empty where there is no file; raise ValueError where it is no JSON object."""
    path = directory / FILE_NAME
    if not path.is_file():
        return {}
    try:
        return TypeAdapter(dict[str, object]).validate_json(path.read_bytes(), strict=True)
    except ValidationError as error:
        raise ValueError(f"expected a JSON object: {error.errors()[0]['msg']}") from error


def fill(sections: Mapping[str, object], code_config: Mapping[str, object]) -> dict[str, object]:
    """Return the sections with the keys that they leave out taken from the code config; neither is changed."""
    filled: dict[str, object] = dict(sections)
    for (name, key), sources in SOURCES.items():
        section = filled.get(name)
        if not isinstance(section, dict) or cast("dict[str, object]", section).get(key) is not None:
            continue
        value = next((code_config[source] for source in sources if source in code_config), None)
        if value is not None:
            filled[name] = {**cast("dict[str, object]", section), key: value}
    return filled
