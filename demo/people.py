"""Who takes part in the scenario, and with which credentials."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3

Client = Callable[[str], Any]
"""Gives the boto3 client of a service, e.g. `client("sns")`."""


@dataclass(frozen=True)
class Person:
    """Somebody with credentials: the environment in which their commands and clients run."""

    environment: Mapping[str, str]

    def __call__(self, service: str) -> Any:
        """Return the client of a service with this person's credentials."""
        return self._clients(service)

    @functools.cached_property
    def _clients(self) -> Client:
        values = self.environment
        session: Any = boto3.Session(
            values["AWS_ACCESS_KEY_ID"],
            values["AWS_SECRET_ACCESS_KEY"],
            values.get("AWS_SESSION_TOKEN"),
            values["AWS_REGION"],
        )
        endpoint = values.get("AWS_ENDPOINT_URL")
        return functools.cache(lambda service: session.client(service, endpoint_url=endpoint))

    def assume(self, role_arn: str) -> Person:
        """Return this person with the credentials of a role; raise ClientError where it may not be assumed."""
        session = self("sts").assume_role(RoleArn=role_arn, RoleSessionName="demo")["Credentials"]
        credentials = {
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
        }
        return Person({**self.environment, **credentials})


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account that the scenario runs in.

    Attributes:
        region: where everything lives.
        administrator: looks at everything in the account, and cleans up.
        deployer: deploys by hand, refreshes the dashboard.
        scientist: runs the ML pipeline and decides on model versions.
        analyst: asks for KPIs.
        release_manager: may assume the role that approves deployments.
        inventory: tells the names of what is in the account, by service.
    """

    region: str
    administrator: Person
    deployer: Person
    scientist: Person
    analyst: Person
    release_manager: Person
    inventory: Callable[[], Mapping[str, set[str]]]

    @functools.cached_property
    def id(self) -> str:
        """The account's id."""
        return self.administrator("sts").get_caller_identity()["Account"]
