"""The stack's program several times over: as many environments as the variable BENCH_ENVIRONMENTS says, in one stack.

Each is below a component with a type of its own, which is part of the URNs of all that is below it; the providers are
shared, since every provider is a process.
"""

import os
import runpy
from pathlib import Path

import pulumi
from pulumi.runtime.settings import set_root_resource

import components
from settings import load

_PROGRAM = Path(__file__).resolve().parents[1] / "__main__.py"


settings = load()
providers = components.create_providers(settings.deployment, settings.all_tags, settings.operations.ignored_tags)
components.create_providers = lambda *_: providers
pulumi.export = lambda *_: None
for number in range(int(os.environ["BENCH_ENVIRONMENTS"])):
    set_root_resource(pulumi.ComponentResource(f"bench:index:Environment{number}", f"environment-{number}"))
    runpy.run_path(str(_PROGRAM))
