"""A fail step: ends the execution with a message."""

from typing import NoReturn

from local.runner.errors import StepFailedError, shortened
from local.runner.steps.base import Job


def run(job: Job) -> NoReturn:
    """Raises StepFailedError with the resolved message."""
    message = str(job.variables.resolve(job.step["Arguments"].get("ErrorMessage", "")))
    raise StepFailedError(message, metadata={"Fail": {"ErrorMessage": shortened(message)}})
