"""What an account lacks before a stack's first `pulumi up`, each with its remedy: `make doctor STACK=dev`."""

from doctor.examination import Clients, Examination, Finding, examine

__all__ = ["Clients", "Examination", "Finding", "examine"]
