"""The action providers that the local cloud runs: how many artifacts each takes and which configuration.

Source: CodePipeline user guide, "Action structure reference" and "Valid number of input and output artifacts".
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Provider:
    """One provider's rules. `inputs` and `outputs` are the least and the most artifacts."""

    inputs: tuple[int, int]
    outputs: tuple[int, int]
    required: frozenset[str]
    optional: frozenset[str] = frozenset()


_CODEBUILD = Provider(
    inputs=(1, 5),
    outputs=(0, 5),
    required=frozenset({"ProjectName"}),
    optional=frozenset({"PrimarySource", "BatchEnabled", "CombineArtifacts", "EnvironmentVariables"}),
)

PROVIDERS: Mapping[tuple[str, str, str, str], Provider] = {
    ("Source", "AWS", "CodeCommit", "1"): Provider(
        inputs=(0, 0),
        outputs=(1, 1),
        required=frozenset({"RepositoryName", "BranchName"}),
        optional=frozenset({"PollForSourceChanges", "OutputArtifactFormat"}),
    ),
    ("Source", "AWS", "CodeStarSourceConnection", "1"): Provider(
        inputs=(0, 0),
        outputs=(1, 1),
        required=frozenset({"ConnectionArn", "FullRepositoryId", "BranchName"}),
        optional=frozenset({"DetectChanges", "OutputArtifactFormat"}),
    ),
    ("Build", "AWS", "CodeBuild", "1"): _CODEBUILD,
    ("Test", "AWS", "CodeBuild", "1"): _CODEBUILD,
    ("Approval", "AWS", "Manual", "1"): Provider(
        inputs=(0, 0),
        outputs=(0, 0),
        required=frozenset(),
        optional=frozenset({"NotificationArn", "ExternalEntityLink", "CustomData"}),
    ),
}
"""Rules by category, owner, provider and version."""
