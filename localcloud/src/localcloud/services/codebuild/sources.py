"""Sources of builds that do not come through a pipeline: clones of CodeCommit's and GitHub's repositories."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from localcloud.git.repository import GitError, GitRepository
from localcloud.http.errors import AwsError
from localcloud.iam.sessions import RoleSession
from localcloud.services.codecommit.models import Repositories, repository_arn
from localcloud.services.codeconnections.models import Connections

Record = dict[str, Any]


class Sources:
    """Fetches a source with what the project's role may."""

    def __init__(self, repositories: Repositories, connections: Connections) -> None:
        self._repositories = repositories
        self._connections = connections
        self._openers: dict[str, Callable[[Record, RoleSession], GitRepository]] = {
            "CODECOMMIT": self._codecommit,
            "GITHUB": self._github,
        }

    def fetch(self, build: Record, session: RoleSession, target: Path) -> str:
        """Clones the build's source into a directory; the commit.

        Raises:
            AwsError: when the role may not, or there is no such repository or revision.
        """
        source = build["source"]
        if source["type"] not in self._openers:
            raise AwsError("CLIENT_ERROR", f"the local cloud does not fetch sources of type {source['type']}")
        repository = self._openers[source["type"]](source, session)
        wanted = build.get("sourceVersion") or "HEAD"
        commit = repository.commit(wanted)
        if commit is None:
            raise AwsError("CLIENT_ERROR", f"reference not found for primary source and source version {wanted}")
        try:
            repository.clone(commit.id, target)
        except GitError as error:
            raise AwsError("CLIENT_ERROR", str(error)) from error
        return commit.id

    def _codecommit(self, source: Record, session: RoleSession) -> GitRepository:
        name = source["location"].rstrip("/").rsplit("/", 1)[-1]
        session.authorize("codecommit:GitPull", repository_arn(session.region, name))
        return self._repositories.find(name).content

    def _github(self, source: Record, session: RoleSession) -> GitRepository:
        connection = (source.get("auth") or {}).get("resource")
        if not connection:
            raise AwsError("CLIENT_ERROR", "a source of type GITHUB needs a connection as its auth")
        # CodeBuild user guide, "GitHub and GitHub Enterprise Server access using CodeConnections".
        for action in ("GetConnection", "GetConnectionToken"):
            session.authorize(f"{connection.split(':')[2]}:{action}", connection)
        name = "/".join(source["location"].removesuffix(".git").rstrip("/").split("/")[-2:])
        return self._connections.open(connection, name, session)
