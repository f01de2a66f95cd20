"""The definition as text: the same environment and scripts give the same bytes, in any process, directory and year.

Building calls no AWS API and needs no credentials. The SDK takes seconds to import, so it is imported only when a
definition is built.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from pipeline_def import code, session
from pipeline_def.code import CodeBundle
from pipeline_def.environment import PipelineEnvironment


class DefinitionError(ValueError):
    """No definition can be built from this environment; the message says why."""


@dataclass(frozen=True)
class PipelineDefinition:
    """What an upsert stores: the definition's JSON and the code that it refers to."""

    text: str
    bundles: tuple[CodeBundle, ...]

    @cached_property
    def sha256(self) -> str:
        """Hash of the definition's text, as hex."""
        return sha256(self.text)


def sha256(text: str) -> str:
    """Return the hash of a definition's text, as hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def build(environment: PipelineEnvironment) -> PipelineDefinition:
    """Return the definition; raise DefinitionError, such as for a region without the images."""
    bundles = {name: code.bundle(f"{name}.py") for name in ("preprocess", "train", "evaluate")}
    with session.offline(environment) as sdk_session:
        from pipeline_def.definition.compose import compose

        try:
            text = compose(environment, bundles, sdk_session).definition()
        except ValueError as error:
            raise DefinitionError(
                f"The SageMaker SDK can't build the definition for region {environment.region}: {error}"
            ) from error
    canonical = json.dumps(_without_nulls(json.loads(text)), sort_keys=True, separators=(",", ":"))
    return PipelineDefinition(canonical, tuple(bundles.values()))


def _without_nulls(value: object) -> object:
    """Return the same JSON without members that are null: the SDK writes one for every option that is not used."""
    if isinstance(value, dict):
        return {
            name: _without_nulls(member)
            for name, member in cast("dict[str, object]", value).items()
            if member is not None
        }
    if isinstance(value, list):
        return [_without_nulls(element) for element in cast("list[object]", value)]
    return value
