"""One examination of an environment: findings of probes, of which one that fails does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.errors import BootstrapError
from bootstrap.target import RegionalClients as Clients
from bootstrap.target import Target, require_account
from contract.aws_errors import code_of, is_access_denied, message_of

Status = Literal["ok", "warning", "lacking", "not checked"]

# Beyond `contract.aws_errors`: QuickSight, where a policy allows the call and the caller is no user of it.
_NOT_CHECKED: Final = frozenset({"AccessDeniedException", "AuthorizationError", "UnauthorizedAccess"})


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is known of one subject, such as a quota: `lacking` would stop `up`, `warning` something after it.

    `remedy` completes "To do: ..."; it is empty where all is well.
    """

    status: Status
    subject: str
    text: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Examination:
    """Whom the probes ask, and about which environment; `caller` is the ARN of whoever asks."""

    target: Target
    clients: Clients
    caller: str


Probe = Callable[[Examination], Iterator[Finding]]


def ok(subject: str, text: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(status="ok", subject=subject, text=text)


def warning(subject: str, text: str, remedy: str) -> Finding:
    """Return a finding of what does not stop `up`."""
    return Finding(status="warning", subject=subject, text=text, remedy=remedy)


def lacking(subject: str, text: str, remedy: str) -> Finding:
    """Return a finding of what stops `up`."""
    return Finding(status="lacking", subject=subject, text=text, remedy=remedy)


def not_checked(subject: str, error: ClientError | BotoCoreError) -> Finding:
    """Return a finding that nothing is known, since AWS answered with an error."""
    if not isinstance(error, ClientError):
        return Finding(status="not checked", subject=subject, text=str(error))
    if is_access_denied(error) or code_of(error) in _NOT_CHECKED:
        text = f"these credentials may not call {error.operation_name}"
        return Finding(status="not checked", subject=subject, text=text, remedy="run it as an administrator to know")
    text = f"{error.operation_name} answered {code_of(error)}: {message_of(error)}"
    return Finding(status="not checked", subject=subject, text=text)


def examine(target: Target, clients: Clients, probes: Mapping[str, Probe]) -> Iterator[Finding]:
    """Yield the findings of the probes (by what they look at), as soon as each is known.

    Without credentials of the stack file's account nothing else is asked.
    """
    try:
        caller = require_account(clients, target)
    except BootstrapError as error:
        yield no_credentials(error)
        return
    yield ok("credentials", f"of account {target.deployment.account_id}: {caller}")
    examination = Examination(target=target, clients=clients, caller=caller)
    for subject, probe in probes.items():
        try:
            yield from probe(examination)
        except (ClientError, BotoCoreError) as error:
            yield not_checked(subject, error)


def no_credentials(error: BootstrapError) -> Finding:
    """Return the finding that nothing can be asked: no credentials, those of another account, or no way to AWS."""
    return lacking("credentials", " ".join(error.text.split()).removesuffix("."), error.remedy)
