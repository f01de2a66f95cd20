"""The developer tools wired together: repositories, connections, builds and pipelines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.cloud.codebuild.api import codebuild
from local.cloud.codebuild.builds import Builds
from local.cloud.codebuild.process import BuildProcesses
from local.cloud.codebuild.projects import Projects
from local.cloud.codebuild.sources import Sources
from local.cloud.codecommit.api import codecommit
from local.cloud.codecommit.repositories import Repositories
from local.cloud.codepipeline.actions import Actions
from local.cloud.codepipeline.api import codepipeline
from local.cloud.codepipeline.approvals import Approvals
from local.cloud.codepipeline.build_actions import BuildActions
from local.cloud.codepipeline.control import Control
from local.cloud.codepipeline.entry import StageEntry
from local.cloud.codepipeline.executor import Executor
from local.cloud.codepipeline.history import History
from local.cloud.codepipeline.pipelines import Pipelines
from local.cloud.codepipeline.source_actions import SourceActions
from local.cloud.codepipeline.starts import Starts
from local.cloud.codepipeline.state import State
from local.cloud.connections import PREFIXES, Connections
from local.cloud.events.bus import Bus
from local.cloud.events.role_targets import RoleTargets
from local.cloud.hosting import Hosting, Push
from local.cloud.resource_tags import ResourceTags
from local.cloud.service import Service
from local.cloud.sessions import assumable
from local.launchers import module_command
from local.layout import Layout

Record = dict[str, Any]

CODECOMMIT, GITHUB = "codecommit", "github"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The services by signing name, and what the internal endpoints and the end of the cloud need."""

    services: Mapping[str, Service]
    create_repository: Callable[[str, str], str]
    pushed: Callable[[str, str], list[Record]]
    complete_connection: Callable[[str], Record]
    stop: Callable[[], None]


def delivery(layout: Layout, endpoint: str, region: str, bus: Bus) -> Delivery:
    """Makes all of them."""
    tags = {name: ResourceTags(resource="resourceArn") for name in ("codepipeline", "codebuild", "codecommit")}

    def hosting(provider: str) -> Hosting:
        def hook(name: str) -> str:
            command = module_command(layout, "local", "pushed", "--provider", provider, name)
            # What git sets for a hook would lead other git commands to this repository.
            return f"#!/bin/sh\nunset GIT_DIR\n{command}\n"

        return Hosting(layout.repositories / provider, hook)

    repositories = Repositories(hosting(CODECOMMIT), tags["codecommit"], bus.emit)
    connections = Connections(hosting(GITHUB))
    projects, processes = Projects(tags["codebuild"], assumable), BuildProcesses()
    builds = Builds(projects, Sources(repositories, connections), processes, layout, endpoint, bus.emit)
    pipelines, history = Pipelines(tags["codepipeline"], assumable), History()
    entry, approvals = StageEntry(history), Approvals(history)
    sources = SourceActions(repositories, connections, layout.tmp)
    actions = Actions(sources, BuildActions(builds, history), approvals, history, bus.emit, endpoint)
    executor = Executor(history, entry, actions, bus.emit)
    starts = Starts(pipelines, executor)
    control = Control(pipelines, history, entry, executor, starts)
    targets = RoleTargets(starts, builds, endpoint)
    bus.deliver_with_role("codepipeline", targets.start_pipeline)
    bus.deliver_with_role("codebuild", targets.start_build)
    repositories.moved.append(lambda push: starts.pushed("CodeCommit", push, repositories.find(push.repository)[1]))

    def create_repository(provider: str, name: str) -> str:
        if provider == GITHUB:
            return str(connections.hosting.create(name).path)
        repositories.create(region, name)
        return str(repositories.find(name)[1].path)

    def pushed(provider: str, name: str) -> list[Record]:
        if provider == CODECOMMIT:
            return [_described(push) for push in repositories.pushed(name)]
        repository = connections.hosting.get(name)
        if repository is None:
            raise KeyError(name)
        pushes = connections.hosting.pushes(name)
        for push in pushes:
            starts.pushed("CodeStarSourceConnection", push, repository)
        return [_described(push) for push in pushes]

    services = {
        "codecommit": codecommit(repositories, tags["codecommit"], bus.emit),
        "codebuild": codebuild(projects, builds),
        "codepipeline": codepipeline(
            pipelines, control, State(pipelines, history, entry), approvals, tags["codepipeline"]
        ),
        **{name: connections.service(name) for name in PREFIXES},
    }
    return Delivery(
        services=services,
        create_repository=create_repository,
        pushed=pushed,
        complete_connection=connections.complete,
        stop=processes.stop_all,
    )


def _described(push: Push) -> Record:
    return {"reference": push.reference, "before": push.before, "after": push.after}
