"""Asking a person before something is done that can't be taken back."""

import sys

from rich.prompt import Confirm

from bootstrap.errors import BootstrapError


def require_consent(question: str) -> None:
    """Ask a person; raise BootstrapError unless they say yes, also where nobody can answer."""
    if not sys.stdin.isatty():
        raise BootstrapError("This asks first.", "say --yes where nobody can answer (make: ARGS=--yes)")
    try:
        agreed = Confirm.ask(question)
    except EOFError:
        print()
        agreed = False
    if not agreed:
        raise BootstrapError("Nothing was done.")
