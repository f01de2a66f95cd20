"""Bringing an environment's bootstrap to what it should be."""

from collections.abc import Iterator

from botocore.exceptions import BotoCoreError, ClientError

from bootstrap.boundary import Boundary
from bootstrap.errors import explain
from bootstrap.github import GitHubProvider
from bootstrap.outcome import Outcome, Part, reconcile
from bootstrap.secrets_key import SecretsKey
from bootstrap.state_bucket import StateBucket
from bootstrap.target import Clients, Target


def apply(clients: Clients, target: Target, *, dry_run: bool = False) -> Iterator[Outcome]:
    """Each part's outcome as soon as it is known; a dry run only reads.

    Running it again is always safe: what is there is compared and put right, also after a run that stopped half way.

    Raises:
        BootstrapError: with what to do, where AWS refuses.
    """
    key = SecretsKey(clients, target)
    parts: list[Part] = [key, StateBucket(clients, target, key), Boundary(clients, target, key)]
    if target.settings.delivery.source.provider == "github":
        parts.append(GitHubProvider(clients, target))
    for part in parts:
        try:
            yield reconcile(part, dry_run=dry_run)
        except (ClientError, BotoCoreError) as error:
            raise explain(error, f"bringing about the {part.kind} {part.name}") from error
