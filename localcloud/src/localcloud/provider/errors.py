"""What can go wrong, in words for the person who runs `pulumi up`."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.provider.values import Props


class ProviderError(Exception):
    """An error whose message is for the user, as it stands."""


class UnreachableError(ProviderError):
    """No answer came: what was asked for may or may not have been done."""


class CancelledError(ProviderError):
    """The user cancelled the operation while it was waiting for AWS."""


class PartialFailureError(ProviderError):
    """A resource exists, but a call after its creation or in the middle of its update failed.

    The engine records id and state and marks the resource, so that the next `up` updates it.
    """

    def __init__(self, resource_id: str, state: Props, reason: str) -> None:
        super().__init__(reason)
        self.resource_id = resource_id
        self.state = state


@dataclass(frozen=True)
class Failure:
    """One wrong input property, found before anything is created."""

    path: str
    reason: str
