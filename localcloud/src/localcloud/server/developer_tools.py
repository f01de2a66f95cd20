"""CodeCommit, CodeConnections, CodeBuild and CodePipeline wired together: they hand each other work."""

from collections.abc import Callable
from typing import Literal, TypedDict

from localcloud.git.hosting import Hosting, Push
from localcloud.git.repository import GitRepository
from localcloud.launchers import module_command
from localcloud.layout import Layout
from localcloud.options import Options
from localcloud.services.codebuild.builds import Builds
from localcloud.services.codebuild.container import Containers, Sources
from localcloud.services.codebuild.models import Projects
from localcloud.services.codebuild.operations import codebuild
from localcloud.services.codecommit.models import Repositories
from localcloud.services.codecommit.operations import codecommit
from localcloud.services.codeconnections.models import Connections
from localcloud.services.codeconnections.operations import codeconnections
from localcloud.services.codepipeline.operations import CodePipeline
from localcloud.services.events.bus import Bus
from localcloud.services.events.role_targets import RoleTargets

Provider = Literal["codecommit", "github"]


class PushDescription(TypedDict):
    """A reference that a push moved, as the internal endpoint answers it."""

    reference: str
    before: str
    after: str


class DeveloperTools:
    """The services by signing name, and what the internal endpoints do with repositories and connections."""

    def __init__(self, layout: Layout, options: Options, endpoint: str, bus: Bus) -> None:
        self._region = options.region
        self._repositories = Repositories(_hosting(layout, "codecommit"))
        self._connections = Connections(_hosting(layout, "github"))
        projects = Projects()
        containers = Containers(
            Sources(self._repositories, self._connections), layout, endpoint, options.build_environment
        )
        self._builds = Builds(projects, containers, layout, endpoint, bus.emit)
        codepipeline = CodePipeline(
            repositories=self._repositories,
            connections=self._connections,
            builds=self._builds,
            emit=bus.emit,
            endpoint=endpoint,
            tmp=layout.tmp,
        )
        self.services = {
            "codecommit": codecommit(self._repositories, bus.emit),
            "codebuild": codebuild(projects, self._builds),
            "codepipeline": codepipeline.service,
            **codeconnections(self._connections),
        }
        self._start_pipelines: Callable[[str, Push, GitRepository], None] = codepipeline.starter.follow
        # After the service's own, so that a push's events come before what it starts.
        self._repositories.on_push.append(
            lambda repository, push: self._start_pipelines("CodeCommit", push, repository.content)
        )
        targets = RoleTargets(codepipeline.starter, self._builds, endpoint)
        bus.deliver_with_role("codepipeline", targets.start_pipeline)
        bus.deliver_with_role("codebuild", targets.start_build)

    def create_repository(self, provider: Provider, name: str) -> str:
        """Create an empty repository; return the path to push to.

        Raises:
            AwsError, ValueError: for a name that is taken, or that no repository can have.
        """
        if provider == "codecommit":
            return str(self._repositories.create(self._region, name).content.path)
        return str(self._connections.hosting.create(name).path)

    def pushed(self, provider: Provider, name: str) -> list[PushDescription]:
        """Notice a push to a repository, which may start pipelines and builds; return what it moved.

        Raises:
            AwsError, KeyError: when there is no such repository.
        """
        if provider == "codecommit":
            pushes = self._repositories.pushed(name)
        else:
            pushes = self._connections.hosting.pushes(name)
            content = self._connections.hosting.find(name)
            for push in pushes:
                self._start_pipelines("CodeStarSourceConnection", push, content)
        return [{"reference": push.reference, "before": push.before, "after": push.after} for push in pushes]

    def complete_connection(self, arn: str) -> str:
        """Complete the handshake of a connection; return its status.

        Raises:
            AwsError: when there is no such connection.
        """
        return self._connections.complete(arn).status

    def stop(self) -> None:
        """Stop every build, and wait until its processes have ended."""
        self._builds.stop_all()


def _hosting(layout: Layout, provider: Provider) -> Hosting:
    def hook(name: str) -> str:
        command = module_command(layout, "localcloud", "pushed", "--provider", provider, name)
        # What git sets for a hook would lead other git commands to this repository.
        return f"#!/bin/sh\nunset GIT_DIR\n{command}\n"

    return Hosting(layout.repositories / provider, hook)
