"""What each type of step does: one entry a type."""

from localcloud.runners.executions.steps import inline, processing, training
from localcloud.runners.executions.steps.base import Job, Result, StepType

STEP_TYPES = {
    "Processing": StepType(processing.run, processing.unsupported),
    "Training": StepType(training.run, training.unsupported),
    "Condition": StepType(inline.run_condition, inline.unsupported_condition),
    "Fail": StepType(inline.run_fail),
    "RegisterModel": StepType(inline.run_register_model),
}

__all__ = ["STEP_TYPES", "Job", "Result", "StepType"]
