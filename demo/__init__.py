"""The demo: one scenario, told as it happens, that uses nothing but the Pulumi CLI, git and boto3."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
"""This clone."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How often something is looked at, and how long it is waited for, in seconds."""

    poll_seconds: float
    longest_seconds: float


class DemoError(Exception):
    """Something did not happen as it should; the message says what."""
