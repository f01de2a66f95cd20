"""The stacks that the tools judge."""

from __future__ import annotations

import pytest

from tools.security.stacks import Stack, committed_stacks


@pytest.fixture(scope="session")
def stacks(no_stack_traces: None) -> dict[str, Stack]:
    """Each stack by its name; the program runs once for each, and no test changes them."""
    return {stack.name: stack for stack in committed_stacks()}
