"""The copy of a stack's config file, which holds the local cloud's key instead of the committed file."""

from pathlib import Path

import pytest

from localcloud.layout import Layout, write_json
from localcloud.pulumi_cli import stack_config, wrapper
from localcloud.pulumi_cli.arguments import parse
from localcloud.pulumi_cli.stack_config import Project

COMMITTED = """\
secretsprovider: awskms://alias/real?region=eu-west-1
encryptedkey: from-the-real-key
config:
  aws:region: us-east-1
  whales:project:
    name: orca  # a comment
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "checkout"
    (folder / "components").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: whales\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text(COMMITTED)
    project = stack_config.find_project(folder / "components")
    assert project
    return project


@pytest.fixture
def layout(tmp_path: Path, project: Project) -> Layout:
    layout = Layout(tmp_path / "state")
    layout.create()
    folder = layout.config / project.name
    folder.mkdir()
    write_json(folder / "dev.json", {"secretsprovider": "awskms://alias/local?a=b&c=d", "encryptedkey": "AQ=="})
    return layout


def test_the_project_is_found_from_a_folder_below_it(project: Project, tmp_path: Path) -> None:
    assert (project.name, project.file) == ("whales", tmp_path / "checkout" / "Pulumi.yaml")
    assert stack_config.find_project(tmp_path) is None


def test_the_copy_has_the_local_key_and_everything_else_of_the_committed_file(layout: Layout, project: Project) -> None:
    copy = stack_config.copy(layout, project, "organization/whales/dev")
    lines = copy.read_text().splitlines()
    assert lines[:2] == ["secretsprovider: awskms://alias/local?a=b&c=d", "encryptedkey: AQ=="]
    assert lines[2:] == COMMITTED.splitlines()[2:]
    assert project.committed("dev").read_text() == COMMITTED


def test_the_copy_follows_changes_of_the_committed_file(layout: Layout, project: Project) -> None:
    stack_config.copy(layout, project, "dev")
    project.committed("dev").write_text("config:\n  aws:region: eu-west-1\n")
    assert stack_config.copy(layout, project, "dev").read_text().endswith("config:\n  aws:region: eu-west-1\n")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["up", "--yes"], ["up", "--config-file", "COPY", "--yes"]),
        (["-s", "dev", "preview"], ["-s", "dev", "preview", "--config-file", "COPY"]),
        (["import", "--", "x"], ["import", "--config-file", "COPY", "--", "x"]),
        (["config", "get", "a"], ["config", "--config-file", "COPY", "get", "a"]),
        (["config", "set", "a", "b"], ["config", "set", "a", "b"]),
        (["stack", "rm", "dev"], ["stack", "rm", "dev", "--preserve-config"]),
        (["stack", "export"], ["stack", "export"]),
        (["stack", "select", "dev"], ["stack", "select", "dev", "--non-interactive"]),
        (["up", "--config-file", "mine.yaml"], ["up", "--config-file", "mine.yaml"]),
    ],
)
def test_the_copy_is_given_to_commands_that_read_config(
    layout: Layout, project: Project, typed: list[str], expected: list[str]
) -> None:
    copy = str(layout.config / project.identifier() / "Pulumi.dev.yaml")
    arguments = wrapper.complete_arguments(layout, parse(typed), typed, project, "dev")
    assert ["COPY" if argument == copy else argument for argument in arguments] == expected


def test_a_shell_of_another_cloud_is_refused(layout: Layout, tmp_path: Path) -> None:
    write_json(layout.cloud, {"backend_url": "s3://new"})
    with pytest.raises(wrapper.WrapperError, match="does not belong to a running local cloud"):
        wrapper.prepare(layout, ["up"], {"PULUMI_BACKEND_URL": "s3://old"}, tmp_path / "pulumi")
