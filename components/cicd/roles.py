"""One role a job, and the policies that they have."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, roles
from components.cicd import names
from components.cicd.args import CicdArgs
from components.cicd.permissions import build, jobs, shared
from contract.names import DeliveryNames

# The managed policies of a role, where they are not Deploy's alone.
_READERS = ("deploy", "verify", "drift")


@dataclass(frozen=True, kw_only=True)
class Roles:
    """Roles by noun, and the policies that have to be there before a role is used."""

    by_noun: Mapping[str, aws.iam.Role]
    policies: Mapping[str, list[pulumi.Resource]]

    def ready(self, noun: str, opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
        """Options of a resource that uses a role: it waits for the role's policies."""
        return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=self.policies[noun]))


def create(name: str, args: CicdArgs, opts: pulumi.ResourceOptions) -> Roles:
    """The pipeline's, the rules' and the jobs' roles, all within the permissions boundary."""
    made: dict[str, aws.iam.Role] = {}
    policies: dict[str, list[pulumi.Resource]] = {}
    wanted = {
        names.PIPELINE: _pipeline_statements(args),
        names.EVENTS: _event_statements(args),
        **{noun: jobs.STATEMENTS[noun](args.context) for noun in present_jobs(args)},
    }
    for noun, statements in wanted.items():
        made[noun] = roles.role(
            f"{name}-{noun}-role",
            deployment=args.workspace.deployment,
            short_name=noun,
            description=_DESCRIPTIONS[noun],
            trust=_trust(args, noun),
            opts=opts,
        )
        policies[noun] = [
            aws.iam.RolePolicy(
                f"{name}-{noun}-policy",
                name="job",
                role=made[noun].name,
                policy=iam.document(*statements),
                opts=opts,
            )
        ]
    _share(name, args, made, policies, opts)
    return Roles(by_noun=made, policies=policies)


def present_jobs(args: CicdArgs) -> list[str]:
    """The jobs that this configuration has."""
    absent = set[str]()
    if args.settings.delivery.drift_schedule is None:
        absent.add("drift")
    if not args.settings.delivery.pull_request_previews:
        absent.add("pull-request")
    return [noun for noun in names.JOBS if noun not in absent]


_DESCRIPTIONS = {
    names.PIPELINE: "Lets the delivery pipeline fetch commits and run its builds",
    names.EVENTS: "Lets rules start the delivery pipeline and the builds beside it",
    "self-update": "Changes the delivery pipeline itself and nothing else",
    "preview": "Reads the state without its secrets, for previews",
    "deploy": "Deploys the stack within the permissions boundary",
    "upsert": "Creates and updates the SageMaker pipeline",
    "verify": "Reads what was deployed",
    "drift": "Compares what is deployed with the state, without its secrets",
    "pull-request": "Reads the state without its secrets, for pull requests",
}


def _trust(args: CicdArgs, noun: str) -> pulumi.Output[str]:
    deployment, own = args.workspace.deployment, DeliveryNames(args.workspace.deployment)
    if noun == names.PIPELINE:
        return iam.assumable_by("codepipeline.amazonaws.com", iam.from_this_account(deployment, own.pipeline_arn))
    if noun == names.EVENTS:
        rules = deployment.arn("events", f"rule/{deployment.prefix}-*")
        return iam.assumable_by("events.amazonaws.com", iam.from_this_account(deployment, rules))
    if noun == "pull-request" and args.source.provider == "github":
        return _trust_in_pull_requests(args)
    # The project is the source ("Cross-service confused deputy prevention", CodeBuild User Guide).
    return iam.assumable_by("codebuild.amazonaws.com", iam.from_this_account(deployment, own.project_arn(noun)))


def _trust_in_pull_requests(args: CicdArgs) -> pulumi.Output[str]:
    """Workflows of this one repository's pull requests; forks get no token ("OpenID Connect", GitHub Docs)."""
    issuer = "token.actions.githubusercontent.com"
    return iam.document(
        iam.Statement(
            Effect="Allow",
            Principal={"Federated": args.workspace.deployment.github_provider_arn},
            Action=["sts:AssumeRoleWithWebIdentity"],
            Condition={
                "StringEquals": {
                    f"{issuer}:aud": "sts.amazonaws.com",
                    f"{issuer}:sub": f"repo:{args.source.repository}:pull_request",
                }
            },
        )
    )


def _pipeline_statements(args: CicdArgs) -> list[iam.Statement]:
    workspace, own = args.workspace, DeliveryNames(args.workspace.deployment)
    return [
        *build.artifacts(workspace, "GetObject", "GetObjectVersion", "PutObject"),
        iam.allow(
            "SeeArtifactBucket", ["s3:GetBucketLocation", "s3:GetBucketVersioning"], [workspace.artifacts.bucket_arn]
        ),
        _fetch(args),
        iam.allow(
            "RunBuilds",
            ["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"],
            [own.project_arn(noun) for noun in names.STAGES.values()],
        ),
    ]


def _fetch(args: CicdArgs) -> iam.Statement:
    source = args.source
    if source.connection_arn is not None:
        service = build.connection_service(source.connection_arn)
        return iam.allow("FetchCommits", [f"{service}:UseConnection"], [source.connection_arn])
    actions = [
        "CancelUploadArchive",
        "GetBranch",
        "GetCommit",
        "GetRepository",
        "GetUploadArchiveStatus",
        "UploadArchive",
    ]
    repository = build.repository_arn(args.workspace, source)
    return iam.allow("FetchCommits", [f"codecommit:{action}" for action in actions], [repository])


def _event_statements(args: CicdArgs) -> list[iam.Statement]:
    own = DeliveryNames(args.workspace.deployment)
    started = [own.project_arn(noun) for noun in names.BESIDE]
    return [
        iam.allow("StartPipeline", ["codepipeline:StartPipelineExecution"], [own.pipeline_arn]),
        iam.allow("StartBuilds", ["codebuild:StartBuild"], started),
    ]


def _share(
    name: str,
    args: CicdArgs,
    made: Mapping[str, aws.iam.Role],
    policies: Mapping[str, list[pulumi.Resource]],
    opts: pulumi.ResourceOptions,
) -> None:
    """The managed policies, attached to the roles that take them."""
    deployment, pipeline = args.workspace.deployment, args.workspace.pipeline
    patch = args.settings.kpis.quick_sight.patch_service_role
    read = shared.read(deployment, pipeline)
    manage = shared.manage(deployment, pipeline, connection_arn=args.source.connection_arn, patch_service_role=patch)
    wanted = {
        **{noun: (_READERS, statements) for noun, statements in read.items()},
        **{noun: (("deploy",), statements) for noun, statements in manage.items()},
        "update-roles": (("self-update",), shared.update_roles(deployment)),
    }
    for noun, (holders, statements) in wanted.items():
        policy = aws.iam.Policy(
            f"{name}-{noun}",
            name=deployment.name(f"delivery-{noun}", 128),
            description=f"Of the delivery pipeline: {noun}",
            policy=iam.document(*statements),
            opts=opts,
        )
        for holder in [role for role in holders if role in made]:
            attachment = aws.iam.RolePolicyAttachment(
                f"{name}-{holder}-{noun}", role=made[holder].name, policy_arn=policy.arn, opts=opts
            )
            policies[holder].append(attachment)
