"""Offline checks of a pipeline definition: references, order, and every step's arguments against the API that it calls.

AWS's public JSON schema of definitions is older than the SDK's own output, so the API's service model is the measure.
"""

from localcloud.runners.executions.validation.check import InvalidDefinitionError, check, require_valid

__all__ = ["InvalidDefinitionError", "check", "require_valid"]
