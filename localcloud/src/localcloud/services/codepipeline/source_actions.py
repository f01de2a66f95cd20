"""Source actions: a commit of a repository becomes an artifact.

Source: CodePipeline user guide, action references of CodeCommit and of CodeStarSourceConnection, and "How to create a
policy for the service role" for the permissions that the role needs.
"""

import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from localcloud.git.repository import Commit, GitRepository
from localcloud.http.errors import AwsError
from localcloud.iam.roles import RoleSession
from localcloud.services.codecommit.models import Repositories, repository_arn
from localcloud.services.codeconnections.models import Connections
from localcloud.services.codepipeline import artifacts
from localcloud.services.codepipeline.execution import Execution

Record = dict[str, Any]
Opened = tuple[GitRepository, dict[str, str], str]
"""A repository, the variables that name it, and the address of a commit in it without the commit's id."""


class SourceActions:
    """Runs source actions of both providers."""

    def __init__(self, repositories: Repositories, connections: Connections, tmp: Path) -> None:
        self._repositories = repositories
        self._connections = connections
        self._tmp = tmp
        self._openers: dict[str, Callable[[dict[str, str], RoleSession], Opened]] = {
            "CodeCommit": self._codecommit,
            "CodeStarSourceConnection": self._connection,
        }

    def run(self, execution: Execution, action: Record, settings: dict[str, str], session: RoleSession) -> Record:
        """Stores the commit; {variables, summary, id, url}.

        Raises:
            AwsError, ClientError: when the role may not, or there is no such repository, branch or commit.
        """
        repository, named, address = self._openers[action["actionTypeId"]["provider"]](settings, session)
        override = execution.overrides.get(action["name"], {})
        branch = override.get("branch") or settings["BranchName"]
        commit = self._commit(repository, branch, override.get("commit"))
        location = artifacts.new_location(execution.pipeline, action["outputArtifacts"][0]["name"])
        with tempfile.TemporaryDirectory(dir=self._tmp) as folder:
            file = Path(folder) / "source.zip"
            repository.archive(commit.id, file)
            artifacts.store(session, execution.pipeline, location, file)
        execution.artifacts[location["name"]] = location
        execution.revision = commit.id
        url = f"{address}{commit.id}"
        execution.revisions.append(_revision(action, commit, url))
        found = {
            "AuthorDate": _iso(commit.author.time),
            "BranchName": branch,
            "CommitId": commit.id,
            "CommitMessage": commit.message.strip(),
            "CommitterDate": _iso(commit.committer.time),
            **named,
        }
        return {"variables": found, "summary": commit.subject, "id": commit.id, "url": url}

    @staticmethod
    def _commit(repository: GitRepository, branch: str, given: str | None) -> Commit:
        wanted = given or repository.branch(branch)
        if wanted is None:
            raise AwsError("BranchDoesNotExist", f"No branch {branch} found in the repository")
        commit = repository.commit(wanted)
        if commit is None:
            raise AwsError("CommitDoesNotExist", f"No commit {wanted} found in the repository")
        return commit

    def _codecommit(self, settings: dict[str, str], session: RoleSession) -> Opened:
        name, region = settings["RepositoryName"], session.region
        arn = repository_arn(region, name)
        for action in ("GetBranch", "GetCommit", "UploadArchive", "GetUploadArchiveStatus"):
            session.authorize(f"codecommit:{action}", arn)
        repository = self._repositories.find(name).content
        console = f"https://{region}.console.aws.amazon.com/codesuite/codecommit/repositories/{name}/commit/"
        return repository, {"RepositoryName": name}, console

    def _connection(self, settings: dict[str, str], session: RoleSession) -> Opened:
        name, connection = settings["FullRepositoryId"], settings["ConnectionArn"]
        repository = self._connections.open(connection, name, session)
        named = {"FullRepositoryName": name, "ConnectionArn": connection, "ProviderType": "GitHub"}
        return repository, named, f"https://github.com/{name}/commit/"


def _revision(action: Record, commit: Commit, url: str) -> Record:
    summary = commit.subject
    return {
        "source": {
            "actionName": action["name"],
            "revisionId": commit.id,
            "revisionSummary": summary,
            "revisionUrl": url,
        },
        "artifact": {
            "name": action["outputArtifacts"][0]["name"],
            "revisionId": commit.id,
            "revisionSummary": summary,
            "created": commit.committer.time,
            "revisionUrl": url,
        },
    }


def _iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
