"""Whether each resource is as the stack's state declares it, whatever its type, and what else its type needs to work.

The first is a preview of a refresh, as the check for drift makes it: a new type is covered without a check. A refresh
compares what a program can declare; that a schedule was stopped, for instance, is no property of the declaration.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from botocore.exceptions import ClientError

from contract.aws_errors import code_of
from delivery.drift import NOT_COMPARED, short_value
from delivery.verification.findings import Check, Finding, compare, counted, failed, passed
from delivery.verification.state import Deployed, Resource
from messages.change_set import PropertyChange, ResourceChange

_GONE: Final = frozenset({"EntityNotFoundException", "PipelineNotFoundException", "ResourceNotFoundException"})
_DONE: Final = ("CREATION_SUCCESSFUL", "UPDATE_SUCCESSFUL")


def resources(deployed: Deployed) -> Iterator[Finding]:
    """Check that each resource exists and is as declared; secret properties and some types are not compared."""
    drifted = deployed.drifted()
    yield from map(_difference, drifted)
    unchanged = len(deployed.resources) - len(deployed.of_type(NOT_COMPARED)) - len(drifted)
    if unchanged:
        yield passed(f"{counted(unchanged, 'resource')} of the state", "as declared")


def _difference(resource: ResourceChange) -> Finding:
    subject = f"{resource.type} {resource.name}"
    if resource.op == "delete":
        return failed(subject, "as declared", "missing")
    values = [_values(change) for change in resource.properties]
    return failed(subject, ", ".join(before for before, _ in values), ", ".join(after for _, after in values))


def _values(change: PropertyChange) -> tuple[str, str]:
    """Return what was declared and what there is; of long texts that differ in their middle only that they differ."""
    before, after = short_value(change.before), short_value(change.after)
    return f"{change.path} {before}", f"{change.path} is {'another' if after == before else after}"


def _transitions(deployed: Deployed, pipeline: Resource) -> Iterator[Finding]:
    name = pipeline.id
    state = deployed.clients("codepipeline").get_pipeline_state(name=name)
    disabled = [
        f"{stage['stageName']} ({transition.get('disabledReason', 'no reason given')})"
        for stage in state["stageStates"]
        if not (transition := stage.get("inboundTransitionState") or {}).get("enabled", True)
    ]
    yield Finding(
        subject=f"stage transitions of {name}",
        expected="enabled (aws codepipeline enable-stage-transition)",
        actual=f"disabled into {', '.join(disabled)}" if disabled else "enabled",
        passed=not disabled,
    )


def _table(deployed: Deployed, table: Resource) -> Iterator[Finding]:
    description = deployed.clients("dynamodb").describe_table(TableName=table.id)["Table"]
    yield compare(f"table {table.id}", "ACTIVE", description["TableStatus"])


def _crawler(deployed: Deployed, crawler: Resource) -> Iterator[Finding]:
    if not crawler.text("schedule"):
        return
    schedule = deployed.clients("glue").get_crawler(Name=crawler.id)["Crawler"].get("Schedule") or {}
    yield Finding(
        subject=f"schedule of {crawler.id}",
        expected=f"SCHEDULED (aws glue start-crawler-schedule --crawler-name {crawler.id})",
        actual=schedule.get("State", "none"),
        passed=schedule.get("State") == "SCHEDULED",
    )


def _data_source(deployed: Deployed, source: Resource) -> Iterator[Finding]:
    identifier = source.text("dataSourceId")
    described = deployed.clients("quicksight").describe_data_source(
        AwsAccountId=deployed.deployment.account_id, DataSourceId=identifier
    )
    yield _quicksight(f"data source {identifier}", described["DataSource"]["Status"])


def _dashboard(deployed: Deployed, dashboard: Resource) -> Iterator[Finding]:
    identifier = dashboard.text("dashboardId")
    described = deployed.clients("quicksight").describe_dashboard(
        AwsAccountId=deployed.deployment.account_id, DashboardId=identifier
    )
    yield _quicksight(f"dashboard {identifier}", described["Dashboard"]["Version"]["Status"])


def _quicksight(subject: str, status: str) -> Finding:
    return Finding(subject=subject, expected=" or ".join(_DONE), actual=status, passed=status in _DONE)


def _slack_channel(deployed: Deployed, channel: Resource) -> Iterator[Finding]:
    arn = channel.text("chatConfigurationArn")
    described = deployed.clients("chatbot").describe_slack_channel_configurations(ChatConfigurationArn=arn)
    for configuration in described["SlackChannelConfigurations"]:
        yield _channel(configuration["ConfigurationName"], configuration)


def _teams_channel(deployed: Deployed, channel: Resource) -> Iterator[Finding]:
    arn = channel.text("chatConfigurationArn")
    described = deployed.clients("chatbot").get_microsoft_teams_channel_configuration(ChatConfigurationArn=arn)
    yield _channel(described["ChannelConfiguration"]["ConfigurationName"], described["ChannelConfiguration"])


def _channel(name: str, configuration: Mapping[str, str]) -> Finding:
    """Return whether the chat service lets AWS post: its workspace or team may have taken that back."""
    state = f"{configuration.get('State', 'ENABLED')} {configuration.get('StateReason', '')}".strip()
    return compare(f"chat channel {name}", "ENABLED", state)


CONDITIONS: Final[Mapping[str, Callable[[Deployed, Resource], Iterator[Finding]]]] = {
    "aws-native:quicksight:Dashboard": _dashboard,
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": _slack_channel,
    "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration": _teams_channel,
    "aws:codepipeline/pipeline:Pipeline": _transitions,
    "aws:dynamodb/table:Table": _table,
    "aws:glue/crawler:Crawler": _crawler,
    "aws:quicksight/dataSource:DataSource": _data_source,
}
"""What else a resource needs, by its type, where no other check looks and a refresh can't."""


def conditions_of(deployed: Deployed) -> dict[str, Check]:
    """Return a check of each type that the stack has and that needs more than to be as declared, by the type."""
    return {type_token: _condition(type_token) for type_token in CONDITIONS if deployed.of_type(type_token)}


def _condition(type_token: str) -> Check:
    def check(deployed: Deployed) -> Iterator[Finding]:
        for resource in deployed.of_type(type_token):
            try:
                yield from CONDITIONS[type_token](deployed, resource)
            except ClientError as error:
                # The check of the declarations names it.
                if code_of(error) not in _GONE:
                    raise

    return check
