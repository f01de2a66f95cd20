"""How the stack is delivered: where commits come from, who approves, and what is watched between deployments."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from settings import fields, schedules
from settings.fields import Location, Section, each_once, each_once_whatever_case, refuse

_GitHubId = Annotated[int, Field(gt=0)]
_REPOSITORY = {
    "codecommit": (
        fields.CodeCommitRepository,
        "a CodeCommit repository's name: 1 to 100 letters, digits, '.', '_', '-', without .git at its end",
    ),
    "github": (fields.GitHubRepository, "a GitHub repository as owner/name, without .git at its end"),
}


class SourceSettings(Section):
    """The repository and branch that is deployed.

    GitHub needs a `connectionArn`, of the stack's account and region, and both ids where the repository was created,
    renamed or moved since July 2026; CodeCommit takes none of these, nor `paths`.
    """

    provider: Literal["codecommit", "github"] = Field(description="codecommit or github")
    repository: str = Field(description="a CodeCommit repository's name, or a GitHub repository as owner/name")
    branch: fields.BranchName = Field(
        "main", description="a branch name that git accepts, at most 100 characters; its pushes are delivered"
    )
    connection_arn: fields.ConnectionArn | None = Field(
        None, description="the ARN of a connection (arn:aws:codeconnections:...:connection/...) for github, else null"
    )
    owner_id: _GitHubId | None = Field(
        None, description="the number by which GitHub's tokens name the repository's owner, such as 583231, or null"
    )
    repository_id: _GitHubId | None = Field(
        None, description="the number by which GitHub's tokens name the repository, such as 1296269, or null"
    )
    paths: tuple[fields.FilePathGlob, ...] = Field(
        (),
        max_length=8,
        description="up to 8 globs of files whose change starts the delivery pipeline (github), [] for all",
    )

    _each_once = field_validator("paths")(each_once)

    @model_validator(mode="after")
    def _fits_the_provider(self) -> Self:
        reasons: dict[Location, str] = {}
        pattern, expected = _REPOSITORY[self.provider]
        if not re.fullmatch(pattern, self.repository):
            reasons[("repository",)] = f"for {self.provider} {expected}"
        if self.provider == "github" and self.connection_arn is None:
            reasons[("connectionArn",)] = (
                "github needs a connectionArn: docs/operations.md says how a repository is connected"
            )
        if self.provider == "codecommit" and self.connection_arn is not None:
            reasons[("connectionArn",)] = "codecommit takes no connectionArn"
        ids = {"ownerId": self.owner_id, "repositoryId": self.repository_id}
        if self.provider == "codecommit":
            reasons |= {(key,): f"codecommit takes no {key}" for key, number in ids.items() if number is not None}
        elif any(ids.values()):
            reasons |= {
                (key,): "GitHub's tokens have both ids or none" for key, number in ids.items() if number is None
            }
        if self.provider == "codecommit" and self.paths:
            reasons[("paths",)] = "codecommit takes no paths: its events don't name the files of a commit"
        values = {
            "repository": self.repository,
            "connectionArn": self.connection_arn,
            **ids,
            "paths": self.paths,
        }
        refuse({(key,): value for key, value in values.items()}, reasons)
        return self


# A role's trust policy has at most 2,048 characters, white space aside ("IAM and AWS STS quotas").
_MOST_TRUST = 2048 - 128


class ApprovalSettings(Section):
    """Whether a person decides between preview and deployment, and who may.

    `approverRoles` need `required: true`.
    """

    required: bool = Field(True, description="true or false: true waits for a person before a deployment")
    approver_roles: tuple[fields.RoleArn, ...] = Field(
        (), description="a list of role ARNs whose holders may approve; [] leaves it to the account's administrators"
    )

    _each_once = field_validator("approver_roles")(each_once_whatever_case)

    @field_validator("approver_roles")
    @classmethod
    def _fit_a_trust_policy(cls, roles: tuple[str, ...]) -> tuple[str, ...]:
        characters = sum(len(f'"{role}",') for role in roles)
        if characters > _MOST_TRUST:
            raise ValueError(
                f"{characters} characters as a list in a trust policy, where {_MOST_TRUST} fit: list one role that"
                " these may assume, or that all approvers share"
            )
        return roles

    @model_validator(mode="after")
    def _somebody_approves_something(self) -> Self:
        if self.approver_roles and not self.required:
            location: Location = ("approverRoles",)
            refuse({location: self.approver_roles}, {location: "they have nothing to approve while required is false"})
        return self


class DeliverySettings(Section):
    """The delivery pipeline, which deploys this program."""

    source: SourceSettings = Field(description="{provider, repository, branch, connectionArn, paths}")
    approval: ApprovalSettings = Field(description="{required, approverRoles}")
    drift_schedule: schedules.ScheduleExpression | None = Field(
        None,
        description=(
            "cron(minutes hours day-of-month month day-of-week year) in UTC, rate(value unit), or null:"
            " when to look for drift, null for never"
        ),
    )
    build_image_version: fields.BuildImageVersion = Field(
        "3.0",
        description=(
            'the version of amazonlinux-aarch64-standard, the image that the builds run in: "3.0", in quotes, which AWS'
            " keeps current, or one of its dated versions, such as 3.0-25.03.03"
        ),
    )
    pull_request_previews: bool = Field(True, description="true or false: true previews pull requests, read-only")
