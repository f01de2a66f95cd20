"""What the wrapper needs to know of a Pulumi command line."""

from collections.abc import Sequence
from dataclasses import dataclass

CONFIG_FILE_COMMANDS = frozenset(
    {"config", "logs", "refresh", "up", "update", "destroy", "dn", "down", "import", "watch", "preview", "pre"}
)
"""Commands that take --config-file (`pulumi help COMMAND`), with their aliases."""

_CONFIG_WRITES = frozenset({"set", "set-all", "rm", "rm-all", "cp", "refresh"})
_WITH_VALUE = frozenset({"-s", "--stack", "-C", "--cwd", "--color", "-v", "--verbose", "--profiling", "--tracing"})


@dataclass(frozen=True)
class Command:
    """A command line: its words (`stack rm` is ("stack", "rm")), the stack and directory that its flags name."""

    words: tuple[str, ...]
    stack: str | None
    directory: str | None
    flags: frozenset[str]

    @property
    def name(self) -> str:
        """Return the first word."""
        return self.words[0] if self.words else ""

    @property
    def reads_config(self) -> bool:
        """Return whether it reads the stack's config file, and so needs the copy with the local key."""
        return self.name in CONFIG_FILE_COMMANDS and not self.writes_config and "--config-file" not in self.flags

    @property
    def writes_config(self) -> bool:
        """Return whether it changes the stack's config file."""
        return self.name == "config" and len(self.words) > 1 and self.words[1] in _CONFIG_WRITES

    @property
    def keeps_secret(self) -> bool:
        """Return whether it would write a secret, encrypted with the local key, into the stack's config file."""
        return self.writes_config and "--secret" in self.flags

    @property
    def is_help(self) -> bool:
        """Return whether it only prints help or a version."""
        return not self.words or bool(self.flags & {"-h", "--help"}) or self.name in {"version", "help", "about"}


def parse(arguments: Sequence[str]) -> Command:
    """Read a command line; what follows `--` belongs to somebody else."""
    words: list[str] = []
    flags: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            break
        if not argument.startswith("-") or argument == "-":
            words.append(argument)
            continue
        name, equals, value = argument.partition("=")
        if name[:2] in {"-s", "-C"} and len(name) > 2 and not name.startswith("--"):  # noqa: PLR2004
            name, equals, value = argument[:2], "=", argument[2:].removeprefix("=")
        if not equals and name in _WITH_VALUE and rest:
            value = rest.pop(0)
        flags[name] = value
    stack = flags.get("--stack") or flags.get("-s")
    directory = flags.get("--cwd") or flags.get("-C")
    return Command(tuple(words), stack, directory, frozenset(flags))
