"""An environment to examine, and clients that answer what a test says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from bootstrap.target import Target
from doctor.examination import Examination
from settings.models import StackSettings

ROOT = Path(__file__).parents[3]
CALLER = "arn:aws:iam::123456789012:user/administrator"


def error(code: str, operation: str = "Operation") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": f"{code} it is"}}, operation)


class Client:
    """A client of one service, whose operations answer from a table; a list is its pages."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**parameters: Any) -> Any:
            answer = self._answers[operation]
            if callable(answer):
                answer = answer(**parameters)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def get_paginator(self, operation: str) -> Any:
        class Pages:
            @staticmethod
            def paginate(**parameters: Any) -> Any:
                yield from getattr(self, operation)(**parameters)

        return Pages


Examine = Callable[..., Examination]


@pytest.fixture(scope="session")
def local() -> Target:
    return Target.read("local", ROOT)


@pytest.fixture
def examination(local: Target) -> Examine:
    """An examination of stack local, with the sections of a change, whose services answer from tables."""

    def make(
        answers: Mapping[str, Mapping[str, Any]], change: Callable[[dict[str, Any]], None] | None = None
    ) -> Examination:
        sections = local.settings.model_dump(by_alias=True, mode="json")
        if change:
            change(sections)
        target = Target(settings=StackSettings.model_validate(sections, strict=False))
        return Examination(target=target, clients=lambda service, region=None: Client(answers[service]), caller=CALLER)

    return make
