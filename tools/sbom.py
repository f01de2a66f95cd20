"""Write what the project is made of as one CycloneDX document: `make sbom`.

It reads the files that pin: the lock files of Python's and npm's packages, go.mod and go.sum of the CLI that is built
from source, and the recorded releases. Nothing is installed or asked for.
"""

# The library's decorators hide its classes' members and parameters from the type checker.
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false

import argparse
import base64
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

from tools.toolchain import releases
from tools.toolchain.workspace import REPOSITORY, Workspace

OUTPUT: Final = REPOSITORY / ".local" / "sbom.cdx.json"
PROJECT: Final = "mlops-infra"
SCHEMA: Final = SchemaVersion.V1_6
LOCKS: Final[Mapping[str, str]] = {
    "setup": "requirements.lock",
    "delivery": "delivery/requirements.txt",
    "upsert": "pipeline_def/requirements.lock",
    "notifier": "lambdas/notifier/requirements.txt",
    "cli-build": "tools/pulumi-cli/go-toolchain.txt",
    "security": "tools/security/requirements.lock",
    "bench": "bench/cdk/requirements.lock",
}
"""What Python packages are pinned for, and where. `setup` is a clone with its tests, `cli-build` the Go toolchain."""
NODE_LOCKS: Final[Mapping[str, str]] = {
    "security": "tools/security/cdk_nag/package-lock.json",
    "bench": "bench/cdk/package-lock.json",
}
"""The lock files of npm, by what runs on Node.js: `make security` and `make bench`."""
_REPOSITORIES: Final = {releases.CLI: "pulumi", "aws": "pulumi-aws", "aws-native": "pulumi-aws-native"}
_PIN: Final = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)(?:\[\S*\])?==(?P<version>\S+).*\n(?P<rest>(?:[ \t]+.*\n)*)", re.MULTILINE
)
_PARENT: Final = re.compile(r"^[ \t]+#(?: via)? +(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)$", re.MULTILINE)
_MODULE: Final = re.compile(r"^\t(?P<path>\S+) (?P<version>v\S+)(?: // indirect)?$", re.MULTILINE)
_REPLACED: Final = re.compile(r"^replace (?P<path>\S+) => (?P<other>\S+) (?P<version>\S+)$", re.MULTILINE)
_SUM: Final = re.compile(r"^(?P<path>\S+) (?P<version>\S+) (?P<sum>h1:\S+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Pin:
    """One package in a lock file.

    Attributes:
        sha256: of each of its files.
        parents: names of the packages that need it; empty where only the requirements do.
    """

    name: str
    version: str
    sha256: tuple[str, ...]
    parents: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the document; return 0, or 1 where it doesn't follow CycloneDX's schema."""
    parser = argparse.ArgumentParser(prog="make sbom", description=__doc__)
    parser.add_argument("--output", type=Path, default=OUTPUT, help="the file to write (default: %(default)s)")
    output: Path = parser.parse_args(arguments).output
    bom = describe(Workspace())
    text = render(bom)
    from cyclonedx.validation.json import JsonStrictValidator

    problem = JsonStrictValidator(SCHEMA).validate_str(text)
    if problem:
        sys.stderr.write(f"sbom: the document does not follow CycloneDX {SCHEMA.to_version()}: {problem}\n")
        return 1
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{output}: CycloneDX {SCHEMA.to_version()}, {len(bom.components)} components\n")
    return 0


def render(bom: Bom) -> str:
    """Return the document as JSON."""
    return make_outputter(bom, OutputFormat.JSON, SCHEMA).output_as_string(indent=2)


def describe(workspace: Workspace) -> Bom:
    """Return the document: components with their hashes, what each is for, and what needs what."""
    project = Component(name=PROJECT, type=ComponentType.APPLICATION, bom_ref=PROJECT)
    bom = Bom()
    bom.metadata.component = project
    _add_python(bom, project, workspace.root)
    _add_node(bom, project, workspace.root)
    cli = _add_releases(bom, project, workspace.checksums)
    modules = list(_go_modules(workspace.go_module))
    bom.components.update(modules)
    bom.register_dependency(cli, modules)
    return bom


def pins(text: str) -> Iterator[Pin]:
    """Yield what a lock file of `make lock` pins."""
    for match in _PIN.finditer(text):
        yield Pin(
            name=match["name"],
            version=match["version"],
            sha256=tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", match["rest"])),
            parents=tuple(parent["name"] for parent in _PARENT.finditer(match["rest"])),
        )


def _add_python(bom: Bom, project: Component, root: Path) -> None:
    components: dict[tuple[str, str], Component] = {}
    for use, file in LOCKS.items():
        pinned = list(pins((root / file).read_text(encoding="utf-8")))
        for pin in pinned:
            component = components.setdefault((pin.name, pin.version), _python_component(pin))
            component.properties.add(_property("use", use))
        for pin in pinned:
            component = components[pin.name, pin.version]
            parents = [components[other.name, other.version] for other in pinned if other.name in pin.parents]
            for parent in parents or [project]:
                bom.register_dependency(parent, [component])
    bom.components.update(components.values())


def _python_component(pin: Pin) -> Component:
    url = PackageURL("pypi", name=pin.name, version=pin.version)
    return Component(
        name=pin.name,
        version=pin.version,
        type=ComponentType.LIBRARY,
        purl=url,
        bom_ref=url.to_string(),
        # Each is of one file of the package: a wheel of a platform, or the source.
        external_references=[
            ExternalReference(
                type=ExternalReferenceType.DISTRIBUTION, url=XsUri(url.to_string()), hashes=map(_sha256, pin.sha256)
            )
        ],
    )


def _add_node(bom: Bom, project: Component, root: Path) -> None:
    """Add npm's packages; those inside of another's archive are part of that."""
    components: dict[tuple[str, str], Component] = {}
    for use, file in NODE_LOCKS.items():
        lock = json.loads((root / file).read_text(encoding="utf-8"))
        entries = {path: entry for path, entry in lock["packages"].items() if path and not entry.get("inBundle")}
        for path, entry in entries.items():
            name = path.removeprefix("node_modules/")
            component = components.setdefault((name, entry["version"]), _node_component(name, entry))
            component.properties.add(_property("use", use))
    bom.components.update(components.values())
    bom.register_dependency(project, components.values())


def _node_component(name: str, entry: Mapping[str, str]) -> Component:
    namespace, _, short_name = name.rpartition("/")
    url = PackageURL("npm", namespace=namespace or None, name=short_name, version=entry["version"])
    algorithm, _, digest = entry["integrity"].partition("-")
    sha512 = HashType(alg=HashAlgorithm.SHA_512, content=base64.b64decode(digest).hex())
    if algorithm != "sha512":
        raise ValueError(f"{name} {entry['version']}: expected npm to record sha512, given {algorithm}")
    return Component(
        name=name,
        version=entry["version"],
        type=ComponentType.LIBRARY,
        purl=url,
        bom_ref=url.to_string(),
        external_references=[
            ExternalReference(type=ExternalReferenceType.DISTRIBUTION, url=XsUri(url.to_string()), hashes=[sha512])
        ],
    )


def _add_releases(bom: Bom, project: Component, checksums: Path) -> Component:
    """Add the CLI and the plugins; return the CLI."""
    recorded = releases.read(checksums)
    components = {name: _release_component(name, release) for name, release in recorded.items()}
    bom.components.update(components.values())
    bom.register_dependency(project, components.values())
    return components[releases.CLI]


def _release_component(name: str, release: releases.Release) -> Component:
    url = PackageURL("github", namespace="pulumi", name=_REPOSITORIES[name], version=f"v{release.version}")
    return Component(
        name=_REPOSITORIES[name],
        version=release.version,
        type=ComponentType.APPLICATION,
        purl=url,
        bom_ref=url.to_string(),
        external_references=[
            ExternalReference(
                type=ExternalReferenceType.DISTRIBUTION,
                url=XsUri(releases.address(name, release.version, platform)),
                hashes=[_sha256(sha256)] if sha256 else [],
                comment=None if sha256 else "no SHA-256 is recorded, so it is not installed",
            )
            for platform, sha256 in release.sha256.items()
        ],
    )


def _go_modules(folder: Path) -> Iterator[Component]:
    """Yield the modules that the CLI is built of, each with its line of go.sum, which is no file's hash."""
    text = (folder / "go.mod").read_text(encoding="utf-8")
    replaced = {match["path"]: (match["other"], match["version"]) for match in _REPLACED.finditer(text)}
    lines = _SUM.finditer((folder / "go.sum").read_text(encoding="utf-8"))
    sums = {(line["path"], line["version"]): line["sum"] for line in lines}
    for module in _MODULE.finditer(text):
        path, version = replaced.get(module["path"], (module["path"], module["version"]))
        namespace, _, name = path.rpartition("/")
        url = PackageURL("golang", namespace=namespace or None, name=name, version=version)
        yield Component(
            name=path,
            version=version,
            type=ComponentType.LIBRARY,
            purl=url,
            bom_ref=url.to_string(),
            properties=[_property("use", "cli-build"), _property("go.sum", sums[path, version])],
        )


def _property(name: str, value: str) -> Property:
    return Property(name=f"{PROJECT}:{name}", value=value)


def _sha256(value: str) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=value)


if __name__ == "__main__":
    sys.exit(main())
