"""What the deployer needs for the developer tools: pipelines, build projects, repositories and connections."""

from demo.account.statements import NAMES, Statement, allow, pass_role
from localcloud.layout import ACCOUNT


def deployer(region: str) -> list[Statement]:
    """The statements, one document of their own."""
    pipelines = f"arn:aws:codepipeline:{region}:{ACCOUNT}:{NAMES}"
    projects = f"arn:aws:codebuild:{region}:{ACCOUNT}:project/{NAMES}"
    return [
        allow(
            "codepipeline:CreatePipeline GetPipeline UpdatePipeline DeletePipeline TagResource UntagResource "
            "ListTagsForResource",
            pipelines,
        ),
        allow("codebuild:CreateProject UpdateProject DeleteProject BatchGetProjects", projects),
        allow(
            "codecommit:CreateRepository GetRepository DeleteRepository UpdateRepositoryDescription "
            "UpdateDefaultBranch TagResource UntagResource ListTagsForResource",
            f"arn:aws:codecommit:{region}:{ACCOUNT}:{NAMES}",
        ),
        *_connections(region),
        allow(
            "iam:CreateOpenIDConnectProvider GetOpenIDConnectProvider DeleteOpenIDConnectProvider "
            "AddClientIDToOpenIDConnectProvider RemoveClientIDFromOpenIDConnectProvider "
            "UpdateOpenIDConnectProviderThumbprint TagOpenIDConnectProvider UntagOpenIDConnectProvider "
            "ListOpenIDConnectProviderTags",
            # The name of a provider is its address; this is GitHub's.
            f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com",
        ),
        pass_role("codepipeline.amazonaws.com"),
        pass_role("codebuild.amazonaws.com"),
    ]


def _connections(region: str) -> list[Statement]:
    services = ("codeconnections", "codestar-connections")
    # A connection has no name in its ARN, which is generated; creating one takes no resource.
    made = [allow(f"{service}:CreateConnection", "*") for service in services]
    kept = [
        allow(
            f"{service}:GetConnection ListConnections DeleteConnection TagResource UntagResource ListTagsForResource "
            "PassConnection",
            f"arn:aws:{service}:{region}:{ACCOUNT}:connection/*",
        )
        for service in services
    ]
    return [*made, *kept]
