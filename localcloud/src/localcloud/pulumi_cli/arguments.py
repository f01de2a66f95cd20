"""What the wrapper needs to know of a Pulumi command line."""

from collections.abc import Sequence
from dataclasses import dataclass

CONFIG_FILE_COMMANDS = frozenset(
    {"config", "logs", "refresh", "up", "update", "destroy", "dn", "down", "import", "watch", "preview", "pre"}
)
"""Commands that take --config-file (`pulumi help COMMAND`), with their aliases."""

# Where the CLI offers to create a stack that is missing ("stackOfferNew" in its source), but for those about a stack.
_CREATING = frozenset({"config", "pre", "preview", "refresh", "up", "update", "watch"})
_CONFIG_WRITES = frozenset({"set", "set-all", "rm", "rm-all", "cp", "refresh"})
_WITH_VALUE = frozenset(
    {
        *("-s", "--stack", "-C", "--cwd", "--color", "-v", "--verbose", "--profiling", "--tracing"),
        *("--secrets-provider", "--copy-config-from"),
    }
)


@dataclass(frozen=True)
class Command:
    """A command line: its words (`stack rm` is ("stack", "rm")), and what its flags name."""

    words: tuple[str, ...]
    stack: str | None
    directory: str | None
    flags: frozenset[str]
    secrets_provider: str | None = None

    @property
    def named_stack(self) -> str | None:
        """Return the stack that the command names as a word or by a flag."""
        about_one = self.words[:1] == ("stack",) and self.words[1:2] in {("init",), ("rm",), ("select",)}
        return self.words[2] if about_one and len(self.words) > 2 else self.stack  # noqa: PLR2004

    @property
    def name(self) -> str:
        """Return the first word."""
        return self.words[0] if self.words else ""

    @property
    def creates_stack(self) -> bool:
        """Return whether it uses a stack that may be missing, which the CLI would offer to create."""
        return self.name in _CREATING or (
            self.words[:2] == ("stack", "select") and bool(self.flags & {"-c", "--create"})
        )

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
    return Command(tuple(words), stack, directory, frozenset(flags), flags.get("--secrets-provider"))
