"""Stages and jobs of the delivery pipeline, and the short names of its roles."""

from typing import Final

STAGES: Final = {
    "SelfUpdate": "self-update",
    "Preview": "preview",
    "Deploy": "deploy",
    "Upsert": "upsert",
    "Verify": "verify",
}
"""The stages that are builds, in order, and the noun of each one's project and role."""
BESIDE: Final = ("drift", "pull-request")
"""The nouns of the projects that run beside the pipeline."""
JOBS: Final = (*STAGES.values(), *BESIDE)
# Beside the role `{prefix}-{noun}` of each job.
PIPELINE: Final = "delivery"
EVENTS: Final = "delivery-events"
APPROVERS: Final = "approve"
ROLES: Final = (PIPELINE, EVENTS, APPROVERS, *JOBS)
APPROVAL: Final = "Approve"
SOURCE: Final = "Source"
