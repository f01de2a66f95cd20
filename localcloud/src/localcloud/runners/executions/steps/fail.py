"""A fail step: ends the execution with a message."""

from typing import NoReturn

from localcloud.runners.executions.errors import StepFailedError, shortened
from localcloud.runners.executions.steps.base import Job


def run(job: Job) -> NoReturn:
    """Raises StepFailedError with the resolved message."""
    message = str(job.variables.resolve(job.step["Arguments"].get("ErrorMessage", "")))
    raise StepFailedError(message, metadata={"Fail": {"ErrorMessage": shortened(message)}})
