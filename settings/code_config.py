"""The `.sagemaker-code-config` file of SageMaker Studio: values that a stack file may leave out."""

import codecs
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from pydantic import TypeAdapter, ValidationError

FILE_NAME = ".sagemaker-code-config"

_MARKS_OF_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# Settings key -> the file's keys, the first that has a value wins.
SOURCES: dict[tuple[str, str], tuple[str, ...]] = {
    ("project", "name"): ("projectShortName",),
    ("project", "useCaseId"): ("useCaseId", "projectShortName"),
    ("project", "sagemakerProjectName"): ("sagemakerProjectName",),
    ("project", "sagemakerProjectId"): ("sagemakerProjectId",),
    ("pipeline", "name"): ("sagemakerPipelineName",),
}


def read(directory: Path) -> Mapping[str, object]:
    """Return the file's content, empty where there is no file; raise ValueError where it is no JSON object.

    Editors on Windows write UTF-16, or UTF-8 behind a byte order mark.
    """
    path = directory / FILE_NAME
    if not path.is_file():
        return {}
    content = path.read_bytes()
    try:
        text = content.decode("utf-16" if content.startswith(_MARKS_OF_UTF_16) else "utf-8-sig")
        return TypeAdapter(dict[str, object]).validate_json(text, strict=True)
    except UnicodeDecodeError as error:
        raise ValueError("expected a JSON object as text in UTF-8") from error
    except ValidationError as error:
        raise ValueError(f"expected a JSON object: {error.errors()[0]['msg']}") from error


def fill(sections: Mapping[str, object], code_config: Mapping[str, object]) -> dict[str, object]:
    """Return the sections with the keys that they leave out taken from the code config; neither is changed."""
    filled: dict[str, object] = dict(sections)
    for (name, key), sources in SOURCES.items():
        section = filled.get(name)
        if not isinstance(section, dict) or cast("dict[str, object]", section).get(key) is not None:
            continue
        value = next((code_config[source] for source in sources if code_config.get(source) is not None), None)
        if value is not None:
            filled[name] = {**cast("dict[str, object]", section), key: value}
    return filled
