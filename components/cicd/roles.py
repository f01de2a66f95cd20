"""IAM roles of the delivery pipeline, of its rules and jobs, and of those who approve."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.cicd import job_permissions
from components.cicd.args import CicdArgs
from components.cicd.jobs import Job, SharedPolicies
from contract.layout import DeliveryArtifacts
from contract.names import APPROVAL_STAGE, APPROVER_ROLE, DELIVERY_EVENTS_ROLE, DELIVERY_ROLE, SOURCE_STAGE
from permissions import policies


@dataclass(frozen=True, kw_only=True)
class Roles:
    """Roles and their policies, by the role's short name."""

    roles: Mapping[str, aws.iam.Role]
    policies: Mapping[str, Sequence[pulumi.Resource]]

    def arn(self, short_name: str) -> pulumi.Output[str]:
        """Return the ARN of a role."""
        return self.roles[short_name].arn

    def after_policies(self, short_name: str, opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
        """Return options of a resource that uses a role, which has to have its policies before."""
        return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(self.policies[short_name])))


def create_roles(name: str, args: CicdArgs, opts: pulumi.ResourceOptions) -> Roles:
    """Create the roles of the delivery pipeline, of its rules and of the enabled jobs."""
    roles: dict[str, aws.iam.Role] = {}
    role_policies: dict[str, list[pulumi.Resource]] = {}

    def create_role(
        short_name: str, description: str, trust: pulumi.Output[str], statements: Sequence[iam.AnyStatement]
    ) -> None:
        roles[short_name] = iam.create_role(
            f"{name}-{short_name}-role",
            deployment=args.deployment,
            short_name=short_name,
            description=description,
            trust=trust,
            opts=opts,
        )
        policy = aws.iam.RolePolicy(
            f"{name}-{short_name}-policy",
            name="job",
            role=roles[short_name].name,
            policy=iam.document(*statements),
            opts=opts,
        )
        role_policies[short_name] = [policy]

    create_role(
        DELIVERY_ROLE,
        "Lets the delivery pipeline fetch commits and run its builds",
        _trust("codepipeline", args, args.names.pipeline_arn),
        _pipeline_statements(args),
    )
    create_role(
        DELIVERY_EVENTS_ROLE,
        "Lets rules start the delivery pipeline and the builds beside it",
        _trust("events", args, args.deployment.arn("events", f"rule/{args.deployment.prefix}-*")),
        _event_statements(args),
    )
    for job in args.enabled_jobs:
        # The project is the source ("Cross-service confused deputy prevention", CodeBuild User Guide).
        by_project = _trust("codebuild", args, args.names.project_arn(job.name))
        trust = _trust_in_pull_requests(args) if args.is_workflow(job) else by_project
        create_role(job.name, job.description, trust, _job_statements(args, job))

    for short_name, attachment in _create_shared_policies(name, args, roles, opts):
        role_policies[short_name].append(attachment)
    return Roles(roles=roles, policies=role_policies)


def create_approver_role(name: str, args: CicdArgs, opts: pulumi.ResourceOptions) -> aws.iam.Role | None:
    """Create the role that the configured roles may assume for this one approval; None where none is configured.

    It is a role of the stack's own: those of the approvers aren't the stack's to change, and those of IAM Identity
    Center can't be changed at all.
    """
    if not args.approval.approver_roles:
        return None
    role = iam.create_role(
        f"{name}-{APPROVER_ROLE}-role",
        deployment=args.deployment,
        short_name=APPROVER_ROLE,
        description="Approves or rejects deployments of the delivery pipeline",
        trust=iam.document(
            iam.Statement(
                Effect="Allow", Principal={"AWS": list(args.approval.approver_roles)}, Action=["sts:AssumeRole"]
            )
        ),
        opts=opts,
    )
    aws.iam.RolePolicy(
        f"{name}-{APPROVER_ROLE}-policy",
        name="approve",
        role=role.name,
        policy=iam.document(*_approver_statements(args)),
        opts=opts,
    )
    return role


def _trust(service: str, args: CicdArgs, source_arn: str) -> pulumi.Output[str]:
    return iam.assumable_by(f"{service}.amazonaws.com", iam.from_this_account(args.deployment, source_arn))


def _trust_in_pull_requests(args: CicdArgs) -> pulumi.Output[str]:
    """Trust workflows of this repository's pull requests; forks get no token ("OpenID Connect", GitHub Docs).

    Repositories that were created, renamed or moved since July 2026 have ids in their subjects ("Immutable subject
    claims", GitHub Docs). Nobody can register a name that an older one gave up and get a subject without ids, and a
    pattern in place of the ids would let in environments of the owner's other repositories, whose names may hold it.
    GitHub tells no names apart by their case.
    """
    issuer = "token.actions.githubusercontent.com"
    source = args.source
    repositories = [source.repository]
    if source.owner_id is not None:
        owner, _, name = source.repository.partition("/")
        repositories.append(f"{owner}@{source.owner_id}/{name}@{source.repository_id}")
    return iam.document(
        iam.Statement(
            Effect="Allow",
            Principal={"Federated": args.deployment.github_provider_arn},
            Action=["sts:AssumeRoleWithWebIdentity"],
            Condition={
                "StringEquals": {f"{issuer}:aud": "sts.amazonaws.com"},
                "StringEqualsIgnoreCase": {
                    f"{issuer}:sub": [f"repo:{repository}:pull_request" for repository in repositories]
                },
            },
        )
    )


def _job_statements(args: CicdArgs, job: Job) -> list[iam.AnyStatement]:
    context = args.job_context
    statements: list[iam.AnyStatement] = []
    if not args.is_workflow(job):
        statements.append(job_permissions.write_logs(context, job.name))
        if job.stage is not None:
            writes = [job.stage] if job.output_files else []
            statements += job_permissions.use_artifacts(context, reads=job.inputs, writes=writes)
        elif job.clones_repository:
            statements.append(job_permissions.clone_repository(context))
        else:
            statements += job_permissions.fetch_delivered_source(context)
    if job.state is not None:
        statements += {"read": policies.read_state, "write": policies.write_state}[job.state](args.deployment)
    return [*statements, *job.permissions(context)]


def _pipeline_statements(args: CicdArgs) -> list[iam.AnyStatement]:
    outputs = [str(job.stage) for job in args.stages if job.output_files]
    return [
        *job_permissions.keep_artifacts(args.job_context, [SOURCE_STAGE, *outputs]),
        iam.allow(
            "SeeArtifactBucket",
            ["s3:GetBucketLocation", "s3:GetBucketVersioning"],
            [args.workspace.artifacts.bucket_arn],
        ),
        _fetch_commits(args),
        iam.allow(
            "RunBuilds",
            ["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"],
            [args.names.project_arn(job.name) for job in args.stages],
        ),
    ]


def _fetch_commits(args: CicdArgs) -> iam.AnyStatement:
    connection_arn = args.source.connection_arn
    if connection_arn is not None:
        service = job_permissions.connection_service(connection_arn)
        return iam.allow(
            "FetchCommits",
            [f"{service}:UseConnection"],
            [connection_arn],
            # A connection may reach many repositories. Calls that are about none have no such key ("Actions, resources,
            # and condition keys for AWS CodeConnections", Service Authorization Reference).
            {"StringEqualsIfExists": {f"{service}:FullRepositoryId": args.source.repository}},
        )
    actions = [
        "CancelUploadArchive",
        "GetBranch",
        "GetCommit",
        "GetRepository",
        "GetUploadArchiveStatus",
        "UploadArchive",
    ]
    repository = args.job_context.repository_arn
    return iam.allow("FetchCommits", [f"codecommit:{action}" for action in actions], [repository])


def _event_statements(args: CicdArgs) -> list[iam.AnyStatement]:
    beside_pipeline = [args.names.project_arn(job.name) for job in args.jobs if job.stage is None]
    return [
        iam.allow("StartPipeline", ["codepipeline:StartPipelineExecution"], [args.names.pipeline_arn]),
        iam.allow("StartBuilds", ["codebuild:StartBuild"], beside_pipeline),
    ]


def _approver_statements(args: CicdArgs) -> list[iam.AnyStatement]:
    names = args.names
    reading = [
        "GetPipeline",
        "GetPipelineExecution",
        "GetPipelineState",
        "ListActionExecutions",
        "ListPipelineExecutions",
    ]
    previews = DeliveryArtifacts(names.pipeline).previews
    return [
        # An action's ARN is arn:...:{pipeline}/{stage}/{action} ("Resources for CodePipeline").
        iam.allow(
            "Decide",
            ["codepipeline:PutApprovalResult"],
            [f"{names.pipeline_arn}/{APPROVAL_STAGE}/{APPROVAL_STAGE}"],
        ),
        iam.allow("SeePipeline", [f"codepipeline:{action}" for action in reading], [names.pipeline_arn]),
        iam.allow(
            "ReadPreviews",
            ["s3:GetObject"],
            [pulumi.Output.concat(args.workspace.artifacts.bucket_arn, f"/{previews}/*")],
        ),
        iam.allow("OpenPreviews", ["kms:Decrypt"], [args.workspace.key_arn]),
    ]


def _create_shared_policies(
    name: str, args: CicdArgs, roles: Mapping[str, aws.iam.Role], opts: pulumi.ResourceOptions
) -> list[tuple[str, pulumi.Resource]]:
    """Create the managed policies and return each attachment with the short name of its role."""
    deployment, group = args.deployment, args.workspace.pipeline.model_package_group
    patch_service_role = args.settings.kpis.quick_sight.patch_service_role
    shared_policies: dict[SharedPolicies, dict[str, list[policies.Statement]]] = {
        "read": policies.read_policies(deployment, group, args.job_names, patch_service_role=patch_service_role),
        "manage": policies.manage_policies(
            deployment,
            group,
            args.job_names,
            connection_arn=args.source.connection_arn,
            patch_service_role=patch_service_role,
        ),
        "update-roles": {"update-roles": policies.update_roles_policy(deployment, args.job_names)},
    }
    attachments: list[tuple[str, pulumi.Resource]] = []
    for shared, documents in shared_policies.items():
        for short_name, statements in documents.items():
            policy = aws.iam.Policy(
                f"{name}-{short_name}",
                name=deployment.name(f"delivery-{short_name}", 128),
                description=f"Of the delivery pipeline: {short_name}",
                policy=iam.document(*statements),
                opts=opts,
            )
            attachments += [
                (
                    job.name,
                    aws.iam.RolePolicyAttachment(
                        f"{name}-{job.name}-{short_name}",
                        role=roles[job.name].name,
                        policy_arn=policy.arn,
                        opts=opts,
                    ),
                )
                for job in args.enabled_jobs
                if shared in job.shared_policies
            ]
    return attachments
