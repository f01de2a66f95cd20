"""What an environment needs before its first `pulumi up`: the state's bucket and key, and the permissions boundary."""

from bootstrap.apply import apply
from bootstrap.outcome import Outcome
from bootstrap.target import Target

__all__ = ["Outcome", "Target", "apply"]
