"""The developer tools wired together: repositories, connections, builds and pipelines."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.git.hosting import Hosting, Push
from localcloud.http.service import Service
from localcloud.http.tags import ResourceTags
from localcloud.iam.roles import can_assume_role
from localcloud.launchers import module_command
from localcloud.layout import Layout
from localcloud.options import Options
from localcloud.services.codebuild.builds import Builds
from localcloud.services.codebuild.container import Containers, Sources
from localcloud.services.codebuild.models import Projects
from localcloud.services.codebuild.operations import codebuild
from localcloud.services.codecommit.models import Repositories
from localcloud.services.codecommit.operations import codecommit
from localcloud.services.codeconnections.models import Connection, Connections
from localcloud.services.codeconnections.operations import codeconnections
from localcloud.services.codepipeline.actions import Actions
from localcloud.services.codepipeline.api import codepipeline
from localcloud.services.codepipeline.approvals import Approvals
from localcloud.services.codepipeline.build_actions import BuildActions
from localcloud.services.codepipeline.control import Control
from localcloud.services.codepipeline.entry import StageEntry
from localcloud.services.codepipeline.executor import Executor
from localcloud.services.codepipeline.history import History
from localcloud.services.codepipeline.pipelines import Pipelines
from localcloud.services.codepipeline.source_actions import SourceActions
from localcloud.services.codepipeline.starts import Starts
from localcloud.services.codepipeline.state import State
from localcloud.services.events.bus import Bus
from localcloud.services.events.role_targets import RoleTargets

Record = dict[str, Any]

CODECOMMIT, GITHUB = "codecommit", "github"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The services by signing name, and what the internal endpoints and the end of the cloud need."""

    services: Mapping[str, Service]
    create_repository: Callable[[str, str], str]
    pushed: Callable[[str, str], list[Record]]
    complete_connection: Callable[[str], Connection]
    stop: Callable[[], None]


def delivery(layout: Layout, options: Options, endpoint: str, bus: Bus) -> Delivery:
    """Makes all of them."""
    tags = ResourceTags(resource="resourceArn")

    def hosting(provider: str) -> Hosting:
        def hook(name: str) -> str:
            command = module_command(layout, "localcloud", "pushed", "--provider", provider, name)
            # What git sets for a hook would lead other git commands to this repository.
            return f"#!/bin/sh\nunset GIT_DIR\n{command}\n"

        return Hosting(layout.repositories / provider, hook)

    repositories = Repositories(hosting(CODECOMMIT))
    codecommit_service = codecommit(repositories, bus.emit)
    connections = Connections(hosting(GITHUB))
    projects = Projects()
    containers = Containers(Sources(repositories, connections), layout, endpoint, options.build_environment)
    builds = Builds(projects, containers, layout, endpoint, bus.emit)
    pipelines, history = Pipelines(tags, can_assume_role), History()
    entry, approvals = StageEntry(history), Approvals(history)
    source_actions = SourceActions(repositories, connections, layout.tmp)
    actions = Actions(source_actions, BuildActions(builds, history), approvals, history, bus.emit, endpoint)
    executor = Executor(history, entry, actions, bus.emit)
    starts = Starts(pipelines, executor)
    control = Control(pipelines, history, entry, executor, starts)
    targets = RoleTargets(starts, builds, endpoint)
    bus.deliver_with_role("codepipeline", targets.start_pipeline)
    bus.deliver_with_role("codebuild", targets.start_build)
    repositories.on_push.append(lambda repository, push: starts.pushed("CodeCommit", push, repository.content))

    def create_repository(provider: str, name: str) -> str:
        if provider == GITHUB:
            return str(connections.hosting.create(name).path)
        return str(repositories.create(options.region, name).content.path)

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
        "codecommit": codecommit_service,
        "codebuild": codebuild(projects, builds, can_assume_role),
        "codepipeline": codepipeline(pipelines, control, State(pipelines, history, entry), approvals, tags),
        **codeconnections(connections),
    }
    return Delivery(
        services=services,
        create_repository=create_repository,
        pushed=pushed,
        complete_connection=connections.complete,
        stop=builds.stop_all,
    )


def _described(push: Push) -> Record:
    return {"reference": push.reference, "before": push.before, "after": push.after}
