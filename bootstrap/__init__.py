"""What an environment needs before its first `pulumi up`: the state's bucket and key, and the permissions boundary."""

from bootstrap.commands import apply, destroy
from bootstrap.reconcile import Outcome
from bootstrap.target import Target

__all__ = ["Outcome", "Target", "apply", "destroy"]
