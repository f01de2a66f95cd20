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
    """The file's content, empty where there is no file; raises ValueError where it is no JSON object."""
    path = directory / FILE_NAME
    if not path.is_file():
        return {}
    try:
        return TypeAdapter(dict[str, object]).validate_json(path.read_bytes(), strict=True)
    except ValidationError as error:
        raise ValueError(f"expected a JSON object: {error.errors()[0]['msg']}") from error


def fill(raw: Mapping[str, object], code_config: Mapping[str, object]) -> dict[str, object]:
    """The raw settings with what they leave out taken from the code config; neither argument is changed."""
    filled: dict[str, object] = dict(raw)
    for (section, key), sources in SOURCES.items():
        given = filled.get(section)
        if not isinstance(given, dict) or cast("dict[str, object]", given).get(key) is not None:
            continue
        found = next((code_config[source] for source in sources if source in code_config), None)
        if found is not None:
            filled[section] = {**cast("dict[str, object]", given), key: found}
    return filled
