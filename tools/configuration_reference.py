"""Write docs/configuration.md, the reference of the stack configuration, from the models in settings/.

Run by `make docs`. The texts are the fields' descriptions, which errors show too, and the docstrings of the sections.
"""

import inspect
import json
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from settings import StackSettings, code_config
from settings.load import NAMESPACE

PAGE = Path(__file__).resolve().parents[1] / "docs" / "configuration.md"

# The least that a stack file has to hold; a test reads it with the program's own validation.
EXAMPLE = """\
config:
  aws:region: eu-west-1
  mlops-infra:project:
    name: churn
    useCaseId: churn
    sagemakerProjectName: churn
    sagemakerProjectId: p-abc123def456
  mlops-infra:pipeline:
    name: churn-dev
    mseThreshold: 6.0
  mlops-infra:notifications:
    emails: [mlops@example.com]
  mlops-infra:delivery:
    source:
      provider: codecommit
      repository: churn-infra
    approval:
      required: true
  mlops-infra:operations:
    accountId: "123456789012"
    logRetentionDays: 30
    removalProtection: false
"""

_WIDTH = 120
_GENERATED = "<!-- Written by `make docs` from the models in settings/: edit the descriptions there, not this file. -->"
_INTRODUCTION = """\
Each environment is one stack with one file `Pulumi.<stack>.yaml` in the root of the repository; all files have the
same keys. A stack is named after its environment: {environment}.

Everything is checked before anything is registered. All errors of a file come in one report, each with the key, what
was given and what is expected. Unknown keys are errors, and so are values of another type: `"30"` is no number, and an
account's id stands in quotes, since YAML would read it as one. Encrypted values (`pulumi config set --secret`) are
refused, because what stands here goes into names, tags and subscriptions.

YAML's `.inf` and `.nan` never reach these checks: the engine itself refuses a file with them before the program runs.
"""
_CODE_CONFIG_TITLE = "Keys from .sagemaker-code-config"
_CODE_CONFIG_LINK = "[.sagemaker-code-config](#keys-from-sagemaker-code-config)"
_CODE_CONFIG = """\
What a stack file leaves out of these keys is read from `.sagemaker-code-config`, the JSON file that SageMaker Studio
leaves in a repository, if there is one.
"""
_PATTERNS = """\
A value has to match as a whole. Some rules of AWS and git are no patterns (names that S3 reserves, schedules, branch
names); the error names the rule.
"""
_TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}

Schema = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key of the configuration; `pattern` is the regular expression of its value, or of each value in it."""

    name: str
    path: str
    type: str
    default: str
    description: str
    pattern: str | None


@dataclass(frozen=True, kw_only=True)
class Section:
    """One block of keys; `depth` is 1 for a block of the stack file."""

    path: str
    depth: int
    text: str
    keys: Sequence[Key]


class Model:
    """The settings as their JSON schema describes them, with the keys that stack files use."""

    def __init__(self) -> None:
        """Read the schema of the models."""
        root = StackSettings.model_json_schema(by_alias=True)
        self._properties: dict[str, Schema] = root["properties"]
        self._required: list[str] = root["required"]
        self._definitions: dict[str, Schema] = root["$defs"]

    @property
    def environment(self) -> str:
        """The rule for the stack's name."""
        return self._properties["environment"]["description"]

    def sections(self) -> Iterator[Section]:
        """Yield the keys that stand alone, then every section before those inside it."""
        names = [name for name, schema in self._properties.items() if "$ref" not in schema and name != "environment"]
        keys = [self._key("", name, self._properties[name], required=name in self._required) for name in names]
        yield Section(path="", depth=0, text="", keys=keys)
        for name, schema in self._properties.items():
            if "$ref" in schema:
                yield from self._section(name, schema, depth=1)

    def _section(self, path: str, reference: Schema, depth: int) -> Iterator[Section]:
        definition = self._definitions[str(reference["$ref"]).rpartition("/")[2]]
        properties: dict[str, Schema] = definition["properties"]
        required: list[str] = definition.get("required", [])
        keys = [self._key(f"{path}.", name, schema, required=name in required) for name, schema in properties.items()]
        yield Section(path=path, depth=depth, text=definition["description"], keys=keys)
        for name, schema in properties.items():
            if "$ref" in schema:
                yield from self._section(f"{path}.{name}", schema, depth + 1)
            elif "$ref" in schema.get("items", {}):
                yield from self._section(f"{path}.{name}[]", schema["items"], depth + 1)

    def _key(self, prefix: str, name: str, schema: Schema, *, required: bool) -> Key:
        path = f"{prefix}{name}"
        value = next((option for option in schema.get("anyOf", ()) if option["type"] != "null"), schema)
        return Key(
            name=name if ":" in name or prefix else f"{NAMESPACE}:{name}",
            path=path,
            type=_type(value) + (" or null" if value is not schema else ""),
            default=_default(path, schema, required=required),
            description=schema["description"],
            pattern=_pattern(value),
        )


def render() -> str:
    """Return the whole page as Markdown."""
    model = Model()
    sections = list(model.sections())
    parts = [
        "# Configuration",
        _GENERATED,
        _wrap(_INTRODUCTION.format(environment=model.environment)),
        "## The smallest file",
        f"```yaml\n{EXAMPLE}```",
        "`Pulumi.dev.yaml` and `Pulumi.prod.yaml` name every key.",
        "## Keys",
    ]
    for section in sections:
        if section.depth:
            name = f"{NAMESPACE}:{section.path}" if section.depth == 1 else section.path
            parts += [f"{'#' * (section.depth + 2)} `{name}`", _wrap(inspect.cleandoc(section.text))]
        rows = [(_code(key.name), key.type, key.default, key.description) for key in section.keys]
        parts.append(_table(("key", "type", "default", "expected"), rows))
    patterns = [(_code(key.path), _code(key.pattern)) for section in sections for key in section.keys if key.pattern]
    sources = [
        (_code(".".join(location)), ", else ".join(_code(source) for source in names))
        for location, names in code_config.SOURCES.items()
    ]
    parts += [f"## {_CODE_CONFIG_TITLE}", _wrap(_CODE_CONFIG), _table(("key", "read from"), sources)]
    parts += ["## Patterns", _wrap(_PATTERNS), _table(("key", "pattern"), patterns)]
    return "\n\n".join(parts) + "\n"


def _default(path: str, schema: Schema, *, required: bool) -> str:
    if required:
        return f"required, or {_CODE_CONFIG_LINK}" if tuple(path.split(".")) in code_config.SOURCES else "required"
    return "see below" if "$ref" in schema else _code(json.dumps(schema["default"]))


def _pattern(schema: Schema) -> str | None:
    if "patternProperties" in schema:
        return next(iter(schema["patternProperties"]))
    return schema.get("items", schema).get("pattern")


def _type(schema: Schema) -> str:
    """Return a schema's type and limits in words, such as `text, 1 to 49 characters`."""
    if "$ref" in schema:
        return "section"
    if "enum" in schema:
        return "one of " + ", ".join(_code(str(value)) for value in schema["enum"])
    if schema["type"] == "array":
        items = "sections" if "$ref" in schema["items"] else _type(schema["items"])
        most = f", at most {schema['maxItems']}" if "maxItems" in schema else ""
        return f"list of {items}{most}"
    if schema["type"] == "object":
        return "mapping of text to text"
    return _TYPES[schema["type"]] + _limits(schema)


def _limits(schema: Schema) -> str:
    if "maxLength" in schema:
        return f" of {schema.get('minLength', 0)} to {schema['maxLength']} characters"
    if "minimum" in schema:
        return f", {schema['minimum']} or more"
    return f" above {schema['exclusiveMinimum']}" if "exclusiveMinimum" in schema else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells)


def _code(text: str) -> str:
    return f"`{text}`"


def _wrap(text: str) -> str:
    """Return paragraphs filled to the width of the repository's Markdown."""
    paragraphs = text.strip().split("\n\n")
    return "\n\n".join(
        textwrap.fill(paragraph, _WIDTH, break_long_words=False, break_on_hyphens=False) for paragraph in paragraphs
    )


if __name__ == "__main__":
    PAGE.write_text(render())
