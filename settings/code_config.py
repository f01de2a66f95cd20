"""The `.sagemaker-code-config` file that SageMaker Studio leaves in a repository: values that the stack file may leave out."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

FILE_NAME = ".sagemaker-code-config"

# Settings key -> the file's keys, the first that is there wins.
_SOURCES: dict[tuple[str, str], tuple[str, ...]] = {
    ("project", "name"): ("projectShortName",),
    ("project", "useCaseId"): ("useCaseId", "projectShortName"),
    ("project", "sagemakerProjectName"): ("sagemakerProjectName",),
    ("project", "sagemakerProjectId"): ("sagemakerProjectId",),
    ("pipeline", "name"): ("sagemakerPipelineName",),
}


def read(directory: Path) -> Mapping[str, object]:
    """The file's content, empty where there is none; raises ValueError that names the file where it is no JSON object."""
    path = directory / FILE_NAME
    if not path.is_file():
        return {}
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"given text that is no JSON ({error}), expected a JSON object") from error
    if not isinstance(content, dict):
        raise ValueError(f"given {json.dumps(content)[:80]}, expected a JSON object")
    return cast("Mapping[str, object]", content)


def fill(raw: Mapping[str, object], code_config: Mapping[str, object]) -> dict[str, object]:
    """The raw settings with what they leave out taken from the code config; neither argument is changed."""
    filled: dict[str, object] = dict(raw)
    for (section, key), sources in _SOURCES.items():
        given = filled.get(section)
        if not isinstance(given, dict) or cast("dict[str, object]", given).get(key) is not None:
            continue
        found = next((code_config[source] for source in sources if source in code_config), None)
        if found is not None:
            filled[section] = {**cast("dict[str, object]", given), key: found}
    return filled
