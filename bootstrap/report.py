"""What the command prints: one line per part, then what to do next."""

from rich.console import Console
from rich.markup import escape

from bootstrap.reconcile import Outcome
from bootstrap.target import Target

_STYLES = {"created": "green", "updated": "yellow", "unchanged": "dim", "deleted": "red"}
# The set-up's own: a clone may have the CLI where no PATH leads.
_PULUMI = ".venv/bin/python -m tools.pulumi"
_PLANNED = {"created": "would create", "updated": "would update", "unchanged": "unchanged", "deleted": "would delete"}


class Report:
    """Prints to a console, in plain text where that is no terminal."""

    def __init__(self, console: Console, *, dry_run: bool) -> None:
        self._console = console
        self._dry_run = dry_run

    def heading(self, target: Target, caller: str) -> None:
        """Print which environment is prepared, where, and with whose credentials."""
        deployment = target.deployment
        self._print(
            f"[bold]{deployment.prefix}[/bold] in account {deployment.account_id}, {deployment.region}, as "
            f"{escape(caller)}" + (" (dry run: nothing is changed)" if self._dry_run else "")
        )

    def outcome(self, outcome: Outcome) -> None:
        """Print the outcome of one part."""
        status = _PLANNED[outcome.status] if self._dry_run else outcome.status
        changes = f" ({escape(', '.join(outcome.changes))})" if outcome.changes else ""
        style = _STYLES[outcome.status]
        self._print(f"  [{style}]{status:<12}[/{style}] {outcome.kind} {escape(outcome.name)}{changes}")

    def next_steps(self, target: Target) -> None:
        """Print the commands of the first deployment, which a person runs."""
        deployment = target.deployment
        stack = deployment.environment
        self._print("\nNext, the first deployment, by a person:")
        for command in (
            f"{_PULUMI} login '{deployment.backend_url}'",
            f"{_PULUMI} stack init {stack} --secrets-provider '{deployment.secrets_provider}'",
            f"git add Pulumi.{stack}.yaml && git commit -m 'Keep the encrypted data key of stack {stack}'",
            f"make preview STACK={stack}",
            f"make up STACK={stack}",
        ):
            self._print(f"  {escape(command)}")
        self._print("The stack exists already? Then `stack select` takes the place of `init` and the commit.")

    def error(self, message: str) -> None:
        """Print why the command stopped."""
        self._console.print(message, style="red", markup=False, highlight=False, soft_wrap=True)

    def _print(self, text: str) -> None:
        self._console.print(text, highlight=False, soft_wrap=True)
