"""What each type of step does: one entry here, one module beside it."""

from localcloud.runners.executions.steps import condition, fail, processing, register, training
from localcloud.runners.executions.steps.base import Job, Result, StepType

STEP_TYPES: dict[str, StepType] = {
    "Processing": StepType(processing.run, processing.unsupported),
    "Training": StepType(training.run, training.unsupported),
    "Condition": StepType(condition.run, condition.unsupported),
    "Fail": StepType(fail.run),
    "RegisterModel": StepType(register.run),
}

__all__ = ["STEP_TYPES", "Job", "Result", "StepType"]
