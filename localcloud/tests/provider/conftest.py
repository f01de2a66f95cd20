"""The real engine, the stand-in provider and the local cloud, on programs that a test writes as data."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from localcloud.lifecycle import LocalCloud

PROGRAM = '''
"""Registers the resources of resources.json; "${name.output}" in a value is another resource's output."""

import json
import re
from pathlib import Path

import pulumi

REFERENCE = re.compile(r"[$][{]([\\w-]+)[.](\\w+)[}]")
DECLARED = json.loads(Path("resources.json").read_text())
RESOURCES = {}


class Resource(pulumi.CustomResource):
    """A resource of any type, with the properties as the provider names them."""

    def __init__(self, kind, name, inputs, outputs, opts):
        super().__init__(kind, name, {**dict.fromkeys(outputs), **inputs}, opts)

    def output(self, key):
        return self.id if key == "id" else pulumi.get(self, key)


def resolved(value):
    if isinstance(value, dict):
        if "$secret" in value:
            return pulumi.Output.secret(resolved(value["$secret"]))
        if "$json" in value:
            return pulumi.Output.json_dumps(resolved(value["$json"]))
        if "$archive" in value:
            return pulumi.FileArchive(value["$archive"])
        return {key: resolved(item) for key, item in value.items()}
    if isinstance(value, list):
        return [resolved(item) for item in value]
    if isinstance(value, str) and (parts := REFERENCE.split(value))[1:]:
        outputs = [RESOURCES[parts[i]].output(parts[i + 1]) for i in range(1, len(parts), 3)]
        if len(parts) == 4 and not parts[0] + parts[3]:
            return outputs[0]
        return pulumi.Output.concat(parts[0], *(x for i, out in enumerate(outputs) for x in (out, parts[3 * i + 3])))
    return value


REFERENCED = set(REFERENCE.findall(json.dumps(DECLARED)))
for item in DECLARED:
    outputs = [key for name, key in REFERENCED if name == item["name"] and key != "id"]
    opts = pulumi.ResourceOptions(
        provider=RESOURCES.get(item.get("provider")), ignore_changes=item.get("ignoreChanges"), protect=False
    )
    if item["type"].startswith("pulumi:providers:"):
        package = item["type"].rpartition(":")[2]
        RESOURCES[item["name"]] = pulumi.ProviderResource(package, item["name"], resolved(item["inputs"]))
    else:
        inputs = resolved(item["inputs"])
        RESOURCES[item["name"]] = Resource(item["type"], item["name"], inputs, outputs, opts)
for name, token in json.loads(Path("invokes.json").read_text()).items():
    pulumi.export(name, pulumi.runtime.invoke_output(token, {}))
'''


@dataclass
class Result:
    """What one run of the engine did."""

    code: int
    text: str
    events: list[dict[str, Any]]

    @property
    def operations(self) -> dict[str, str]:
        """The operation by logical name, of resources that changed."""
        return {name: step["op"] for name, step in self.steps.items() if step["op"] not in {"same", "refresh"}}

    @property
    def steps(self) -> dict[str, dict[str, Any]]:
        """The last step by logical name."""
        steps: dict[str, dict[str, Any]] = {}
        for event in self.events:
            for kind in ("resourcePreEvent", "resOutputsEvent"):
                if kind in event:
                    step = event[kind]["metadata"]
                    steps[step["urn"].split("::")[3]] = step
        return steps

    @property
    def diagnostics(self) -> str:
        diagnostics = (event["diagnosticEvent"] for event in self.events if "diagnosticEvent" in event)
        return "\n".join(
            item["message"].strip() for item in diagnostics if item["severity"] not in {"debug", "info#err"}
        )


@dataclass
class Program:
    """A Pulumi project on the local cloud with a file backend of its own."""

    cloud: LocalCloud
    directory: Path
    extra: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        (self.directory / "state").mkdir(parents=True)
        (self.directory / "Pulumi.yaml").write_text("name: provider-test\nruntime: python\n")
        (self.directory / "__main__.py").write_text(PROGRAM)
        self.declare([])
        self.run("stack", "init", "test")

    @property
    def environment(self) -> dict[str, str]:
        pulumi_variables = {
            "PULUMI_BACKEND_URL": f"file://{self.directory / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_STACK": "test",
        }
        return {**self.cloud.environment("root"), **pulumi_variables, **self.extra}

    def declare(self, resources: list[dict[str, Any]], invokes: Mapping[str, str] | None = None) -> None:
        (self.directory / "resources.json").write_text(json.dumps(resources))
        (self.directory / "invokes.json").write_text(json.dumps(invokes or {}))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [pulumi_executable(), *arguments, "--non-interactive"],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> Result:
        process = self.start(*arguments)
        text, _ = process.communicate(timeout=120)
        events = [json.loads(line) for line in text.splitlines() if line.startswith("{") and line.endswith("}")]
        return Result(process.returncode, text, events)

    def engine(self, operation: str, *options: str) -> Result:
        """Run up, preview, refresh or destroy, and give what it did."""
        yes = () if operation == "preview" else ("--yes", "--skip-preview")
        if operation == "preview":
            options = (*options, "--json", "--diff")
            self.extra["PULUMI_ENABLE_STREAMING_JSON_PREVIEW"] = "true"
        return self.run(operation, *yes, *dict.fromkeys([*options, "--json"]))

    def ok(self, operation: str, *options: str) -> Result:
        result = self.engine(operation, *options)
        assert result.code == 0, result.diagnostics or result.text
        return result

    def state(self) -> dict[str, dict[str, Any]]:
        """The engine's state by logical name, secrets encrypted."""
        exported = json.loads(self.run("stack", "export").text)
        resources: list[dict[str, Any]] = exported["deployment"].get("resources", [])
        return {item["urn"].split("::")[3]: item for item in resources}


def pulumi_executable() -> str:
    executable = os.environ.get("LOCALCLOUD_PULUMI") or shutil.which("pulumi")
    assert executable, "no Pulumi CLI: put it on PATH, or name it in LOCALCLOUD_PULUMI"
    return executable


@pytest.fixture(autouse=True)
def _no_real_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("AWS_", "PULUMI_"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def program(cloud: LocalCloud, tmp_path: Path) -> Program:
    return Program(cloud, tmp_path / "program")
