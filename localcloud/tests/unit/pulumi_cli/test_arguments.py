"""How the wrapper reads a Pulumi command line."""

import pytest

from localcloud.pulumi_cli.arguments import Command, parse


@pytest.mark.parametrize(
    ("line", "words", "stack", "reads_config", "writes_config"),
    [
        ("up --yes -s local", ("up",), "local", True, False),
        ("preview --stack=dev --diff", ("preview",), "dev", True, False),
        ("pre --stack dev", ("pre",), "dev", True, False),
        ("refresh -slocal", ("refresh",), "local", True, False),
        ("-s local destroy", ("destroy",), "local", True, False),
        ("up --config-file other.yaml", ("up", "other.yaml"), None, False, False),
        ("config", ("config",), None, True, False),
        ("config get aws:region", ("config", "get", "aws:region"), None, True, False),
        ("config set a b -s local", ("config", "set", "a", "b"), "local", False, True),
        ("config rm a", ("config", "rm", "a"), None, False, True),
        ("config set --secret a b", ("config", "set", "a", "b"), None, False, True),
        ("stack ls", ("stack", "ls"), None, False, False),
        ("stack select dev", ("stack", "select", "dev"), None, False, False),
        ("cancel --yes -s local", ("cancel",), "local", False, False),
        ("-C elsewhere up", ("up",), None, True, False),
        ("up --parallel=4 --color never", ("up",), None, True, False),
        ("import --stack local -- --stack other", ("import",), "local", True, False),
    ],
)
def test_command_lines(
    line: str, words: tuple[str, ...], stack: str | None, reads_config: bool, writes_config: bool
) -> None:
    command = parse(line.split())
    assert (command.words, command.stack) == (words, stack)
    assert (command.reads_config, command.writes_config) == (reads_config, writes_config)


@pytest.mark.parametrize("line", ["", "--help", "up -h", "version", "help up"])
def test_help_needs_no_cloud(line: str) -> None:
    assert parse(line.split()).is_help


def test_a_secret_is_noticed_wherever_its_flag_stands() -> None:
    assert parse(["config", "--secret", "set", "a", "b"]).keeps_secret
    assert not parse(["config", "get", "--show-secrets", "a"]).keeps_secret


def test_the_directory_is_read() -> None:
    assert parse(["--cwd=elsewhere", "up"]).directory == "elsewhere"
    assert parse(["-C", "elsewhere", "up"]) == Command(("up",), None, "elsewhere", frozenset({"-C"}))


@pytest.mark.parametrize(
    ("line", "stack", "creates"),
    [
        ("up -s dev", "dev", True),
        ("config set a b --stack dev", "dev", True),
        ("stack select dev", "dev", False),
        ("stack select dev --create", "dev", True),
        ("stack init dev --secrets-provider awskms://alias/state", "dev", False),
        ("stack export --stack dev", "dev", False),
        ("destroy --yes --stack dev", "dev", False),
        ("stack rm", None, False),
    ],
)
def test_a_missing_stack_is_created_where_the_cli_offers_to(line: str, stack: str | None, creates: bool) -> None:
    command = parse(line.split())
    assert (command.named_stack, command.creates_stack) == (stack, creates)
    assert command.secrets_provider == ("awskms://alias/state" if "init" in line else None)
