"""The program run without the engine, for the names of what it would create.

Pulumi's mocks stand for the engine and the providers, so nothing but the stack file and the sources is needed: neither
a backend, nor a plugin, nor credentials. What only a provider can tell, such as an ARN, is made up.
"""

from __future__ import annotations

import logging
import runpy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pulumi
import yaml
from pulumi.runtime import mocks

from settings.load import flat_config


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A resource that the program registers, with those of its inputs that are known before anything is created."""

    type: str
    name: str
    inputs: Mapping[str, Any]


class _Provider(mocks.Mocks):
    """Answers with the inputs, as the outputs of a resource that exists."""

    def __init__(self) -> None:
        self.planned: list[Planned] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        inputs: dict[str, Any] = args.inputs
        self.planned.append(Planned(type=args.typ, name=args.name, inputs=inputs))
        made_up = dict.fromkeys(("arn", "name", "url", "keyId", "modelPackageGroupArn"), args.name)
        return args.name, {**made_up, **inputs}

    def call(self, args: mocks.MockCallArgs) -> NoReturn:
        raise NotImplementedError(f"the program calls {args.token}, which only a provider can answer")


def planned(stack: str, directory: Path) -> list[Planned]:
    """Return what the program in a directory registers for a stack of it.

    Raises:
        pulumi.RunError: the program refuses to run, with what it would say to the engine.
    """
    project = yaml.safe_load((directory / "Pulumi.yaml").read_text(encoding="utf-8"))["name"]
    provider = _Provider()
    # What the program says to the engine's user is said again by `up`.
    silent = logging.getLogger("doctor.program")
    silent.setLevel(logging.CRITICAL)
    mocks.set_mocks(provider, project=project, stack=stack, preview=False, logger=silent)
    pulumi.runtime.set_all_config(flat_config(stack, directory))

    @pulumi.runtime.test
    def main() -> None:
        runpy.run_path(str(directory / "__main__.py"), run_name="program")

    try:
        main()
    finally:
        pulumi.runtime.set_all_config({})
    return provider.planned
