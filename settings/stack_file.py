"""YAML of stack files, read as the engine reads it: its YAML 1.2 has other words and numbers than PyYAML's 1.1.

Measured with Pulumi 3.259.0 (`pulumi config --json`), whose reader is go-yaml v3.
"""

import re
from collections.abc import Hashable
from typing import Never

import yaml
from yaml.constructor import ConstructorError

_BOOLEAN = re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$")
_NULL = re.compile(r"^(?:~|null|Null|NULL|)$")
_MERGE = re.compile(r"^<<$")
_NUMBER = re.compile(
    r"^[-+]?(?:0[xX][0-9a-fA-F][0-9a-fA-F_]*|0[oO][0-7][0-7_]*|0[bB][01][01_]*"
    r"|(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?)$"
)
_TIME = re.compile(
    r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]| +)[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]*)? *(?:Z|[-+][0-9:]+)?)?$"
)
_OCTAL = re.compile(r"[-+]?0[0-7]+")
_TAG = "tag:yaml.org,2002:"


def content_of(text: str | bytes) -> object:
    """Return the content of a stack file, where `yes` and `10:30` are text, and `1e3` and `0o17` are numbers.

    Bytes are UTF-8, or UTF-16 behind its byte order mark, to the engine as well.

    Raises:
        yaml.YAMLError: with the line, also for what the engine refuses or changes: a key that is there twice, and a
            date without quotes.
    """
    return yaml.load(text, _Loader)  # noqa: S506 a SafeLoader


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers = {}  # noqa: RUF012 not those of YAML 1.1

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        keys: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in keys:
                raise ConstructorError(problem=f"{key.value} is there twice", problem_mark=key.start_mark)
            keys.add(str(key.value))
        return super().construct_mapping(node, deep)

    def construct_number(self, node: yaml.ScalarNode) -> float:
        """Return a whole number as an int, however it is written: the engine hands both over as the same JSON."""
        text = str(node.value).replace("_", "")
        if _OCTAL.fullmatch(text):
            return int(text, 8)
        try:
            return int(text, 0)
        except ValueError:
            number = float(text)
        return int(number) if number.is_integer() else number

    def refuse_date(self, node: yaml.Node) -> Never:
        """Raise ConstructorError: the engine makes `2026-01-31 00:00:00 +0000 UTC` of `2026-01-31`."""
        raise ConstructorError(
            problem=f"{node.value} is a date to YAML: put it in quotes", problem_mark=node.start_mark
        )


_Loader.add_implicit_resolver(f"{_TAG}bool", _BOOLEAN, list("tTfF"))
_Loader.add_implicit_resolver(f"{_TAG}null", _NULL, ["~", "n", "N", ""])
_Loader.add_implicit_resolver(f"{_TAG}merge", _MERGE, ["<"])
_Loader.add_implicit_resolver(f"{_TAG}timestamp", _TIME, list("0123456789"))
_Loader.add_implicit_resolver(f"{_TAG}float", _NUMBER, list("-+.0123456789"))
_Loader.add_constructor(f"{_TAG}float", _Loader.construct_number)
_Loader.add_constructor(f"{_TAG}timestamp", _Loader.refuse_date)
