"""Deploying what was approved."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from delivery import approval, change_set, deploy
from delivery.environment import ActionEnvironment
from delivery.job import DeliveryError

from .conftest import changes, recorded
from .test_self_update import CHANGED, PIPELINE, Engine, step


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    (tmp_path / "preview.json").write_text(recorded("changes").to_json())
    return tmp_path


def test_the_approved_change_set_comes_from_the_artifact_that_holds_one(
    artifact: Path, settings: ActionEnvironment
) -> None:
    variables = {"CODEBUILD_SRC_DIR": "/src", "CODEBUILD_SRC_DIR_Preview": str(artifact)}
    assert approval.approved_change_set(settings, variables) == recorded("changes")


def test_a_missing_artifact_is_an_error_and_no_approval(settings: ActionEnvironment) -> None:
    with pytest.raises(DeliveryError, match="given no input artifact beside the source, expected one artifact"):
        approval.approved_change_set(settings, {"CODEBUILD_SRC_DIR": "/src"})


def test_a_change_set_that_can_not_be_read_is_an_error_and_no_approval(
    artifact: Path, settings: ActionEnvironment
) -> None:
    (artifact / "preview.json").write_text('{"version": 1}')
    with pytest.raises(DeliveryError, match="can't be read: change set: expected an object of version, stack, commit"):
        approval.approved_change_set(settings, {"CODEBUILD_SRC_DIR_Preview": str(artifact)})


def opened(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def with_secrets(*_: object) -> Generator[Engine]:
        yield engine

    monkeypatch.setattr(deploy, "with_secrets", with_secrets)


def test_a_grown_change_set_stops_before_anything_is_changed(
    settings: ActionEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine([step("create")])
    opened(engine, monkeypatch)
    with pytest.raises(DeliveryError) as error:
        deploy.run(settings, changes())
    assert [call[0] for call in engine.calls] == ["preview"]
    assert "The change set grew since it was approved; nothing was changed." in str(error.value)
    assert f"revisionValue={settings.commit_id}" in str(error.value)


def test_a_change_of_the_delivery_pipeline_alone_is_compared_too_since_self_update_may_not_have_looked(
    settings: ActionEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Engine([CHANGED])
    opened(engine, monkeypatch)
    with pytest.raises(DeliveryError, match=f"update {PIPELINE} cicd-pipeline: not in the approved change set"):
        deploy.run(settings, changes())
    assert engine.calls == [("preview",)]


def test_what_was_approved_is_deployed(settings: ActionEnvironment, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine([step("create")])
    opened(engine, monkeypatch)
    deploy.run(settings, change_set.of([step("create")], "local", settings.commit_id))
    assert engine.calls == [("preview",), ("up", "--exclude", f"**{PIPELINE}::*")]


def test_a_deployment_waits_for_the_build_that_holds_the_stacks_lock_and_compares_again(
    settings: ActionEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    engine = Engine([step("create")], locks=2)
    opened(engine, monkeypatch)
    deploy.run(settings, change_set.of([step("create")], "local", settings.commit_id))
    assert [call[0] for call in engine.calls] == ["preview", "up"] * 3


@pytest.mark.parametrize("other", [{"stack": "prod"}, {"commit": "fffffff"}, {"commit": None}])
def test_an_approval_of_another_stack_or_commit_does_not_count(
    other: dict[str, Any], settings: ActionEnvironment, tmp_path: Path
) -> None:
    (tmp_path / "preview.json").write_text(replace(changes(), **other).to_json())
    with pytest.raises(DeliveryError, match="the approved change set is of stack"):
        approval.approved_change_set(settings, {"CODEBUILD_SRC_DIR_Preview": str(tmp_path)})
