"""CodeBuild's operations on projects and builds, and the service that they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from localcloud.http.paging import Page
from localcloud.http.service import Answer, Call, Service, operation
from localcloud.http.tags import Tag, TagStore
from localcloud.iam.roles import can_assume_role
from localcloud.services.codebuild import access, errors
from localcloud.services.codebuild.builds import SERVICE, Builds
from localcloud.services.codebuild.models import BuildOverrides, Project, Projects, ProjectSettings


def codebuild(projects: Projects, builds: Builds) -> Service:
    """Return the service."""
    operations = [ProjectOperations(projects), BuildOperations(projects, builds)]
    return Service("codebuild", operations, access.permissions)


class ProjectOperations:
    """Operations on projects."""

    def __init__(self, projects: Projects) -> None:
        self._projects = projects
        self._tags = TagStore(key="key", value="value", too_many=errors.too_many_tags)

    @operation
    def create_project(
        self, call: Call, *, name: str, tags: Sequence[Tag] = (), **settings: Unpack[ProjectSettings]
    ) -> Answer:
        """Create a project."""
        if existing := self._projects.get(name):
            raise errors.existing_project(existing.arn)
        project = Project.create(call.caller.region, name, settings)
        self._put(project, tags)
        return {"project": self._describe(project)}

    @operation
    def update_project(
        self, _call: Call, *, name: str, tags: Sequence[Tag] | None = None, **settings: Unpack[ProjectSettings]
    ) -> Answer:
        """Change a project; members that are not given stay as they are."""
        project = self._projects.find(name).with_settings(settings)
        self._put(project, tags)
        return {"project": self._describe(project)}

    @operation
    def delete_project(self, _call: Call, *, name: str) -> Answer:
        """Delete a project; deleting what is not there is no error."""
        project = self._projects.delete(name)
        if project:
            self._tags.forget(project.arn)
        return {}

    @operation
    def batch_get_projects(self, _call: Call, *, names: Sequence[str]) -> Answer:
        """Return projects by name or ARN."""
        projects = {name.rsplit("/", 1)[-1]: self._projects.get(name) for name in names}
        return {
            "projects": [self._describe(project) for project in projects.values() if project],
            "projectsNotFound": [name for name, project in projects.items() if project is None],
        }

    @operation
    def list_projects(
        self, _call: Call, *, sort_by: str = "NAME", sort_order: str = "ASCENDING", next_token: str | None = None
    ) -> Answer:
        """List the names of projects."""
        projects = self._projects.all()
        if sort_by == "CREATED_TIME":
            projects.sort(key=lambda project: project.created)
        elif sort_by == "LAST_MODIFIED_TIME":
            projects.sort(key=lambda project: project.last_modified)
        if sort_order == "DESCENDING":
            projects.reverse()
        return Page.of([project.name for project in projects], next_token, None).answer("projects", "nextToken")

    def _put(self, project: Project, tags: Sequence[Tag] | None) -> None:
        if not can_assume_role(project.service_role, SERVICE, project.arn):
            raise errors.not_assumable(project.service_role)
        self._projects.put(project)
        if tags is not None:
            self._tags.forget(project.arn)
            self._tags.put(project.arn, tags)

    def _describe(self, project: Project) -> Answer:
        return {**project.describe(), "tags": self._tags.of(project.arn)}


class BuildOperations:
    """Operations on builds."""

    def __init__(self, projects: Projects, builds: Builds) -> None:
        self._projects = projects
        self._builds = builds

    @operation
    def start_build(
        self,
        call: Call,
        *,
        project_name: str,
        idempotency_token: str | None = None,
        **overrides: Unpack[BuildOverrides],
    ) -> Answer:
        """Start a build."""
        build = self._builds.start(
            project_name, _initiator(call.caller.arn), idempotency_token=idempotency_token, **overrides
        )
        return {"build": build.describe()}

    @operation
    def stop_build(self, _call: Call, *, id: str) -> Answer:  # noqa: A002 (the member's name)
        """Stop a build, which ends a little later."""
        build = self._builds.find(id)
        self._builds.stop(build)
        return {"build": build.describe()}

    @operation
    def batch_get_builds(self, _call: Call, *, ids: Sequence[str]) -> Answer:
        """Return builds by id or ARN."""
        builds = {build_id: self._builds.get(build_id) for build_id in ids}
        return {
            "builds": [build.describe() for build in builds.values() if build],
            "buildsNotFound": [build_id for build_id, build in builds.items() if build is None],
        }

    @operation
    def list_builds(self, _call: Call, *, sort_order: str = "DESCENDING", next_token: str | None = None) -> Answer:
        """List the ids of builds, the latest first unless asked otherwise."""
        return self._list(None, sort_order, next_token)

    @operation
    def list_builds_for_project(
        self, _call: Call, *, project_name: str, sort_order: str = "DESCENDING", next_token: str | None = None
    ) -> Answer:
        """List the ids of a project's builds, the latest first unless asked otherwise."""
        return self._list(self._projects.find(project_name).name, sort_order, next_token)

    def _list(self, project_name: str | None, sort_order: str, next_token: str | None) -> Answer:
        ids = [build.id for build in self._builds.all(project_name)]
        if sort_order == "DESCENDING":
            ids.reverse()
        return Page.of(ids, next_token, None).answer("ids", "nextToken")


def _initiator(caller_arn: str) -> str:
    """Return who started a build, as CodeBuild names it: a user's name, or role and session."""
    return caller_arn.rsplit(":", 1)[-1].removeprefix("assumed-role/").removeprefix("user/")
