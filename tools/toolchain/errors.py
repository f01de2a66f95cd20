"""Errors of the set-up that a user can act on."""


class SetupError(Exception):
    """What went wrong and what to do about it; printed as it is, without a traceback."""


class InterruptedSetupError(SetupError):
    """The set-up was stopped by the user or by a failure of another part."""


class CommandError(SetupError):
    """A child process failed.

    Attributes:
        reason: one line: the command and how it ended.
        tail: the last lines that it printed.
    """

    def __init__(self, reason: str, tail: list[str]) -> None:
        super().__init__("\n".join([reason, *(f"    {line}" for line in tail)]))
        self.reason = reason
        self.tail = tail
