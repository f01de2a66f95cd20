"""Stack configuration: the only reader of it, and the one typed, frozen model that the program is composed from."""

from settings.load import load
from settings.models import StackSettings

__all__ = ["StackSettings", "load"]
