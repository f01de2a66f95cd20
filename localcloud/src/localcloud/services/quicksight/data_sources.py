"""Data sources, of which the local cloud serves Athena's."""

from localcloud.http.errors import AwsError
from localcloud.http.service import Call
from localcloud.iam.roles import RoleSession, assume_role
from localcloud.services.quicksight.assets import DATA_SOURCE, Assets, Progress, Record

SERVICE = "quicksight.amazonaws.com"
_SUMMARY = ("Arn", "DataSourceId", "Name", "Type", "CreatedTime", "LastUpdatedTime")
_CHANGEABLE = ("Name", "DataSourceParameters", "SslProperties", "VpcConnectionProperties")


class DataSources(Assets):
    """The account's data sources."""

    def __init__(self) -> None:
        super().__init__(DATA_SOURCE)

    def create_data_source(self, call: Call) -> Record:
        """CreateDataSource: the role has to trust QuickSight by now."""
        if call.input["Type"] != "ATHENA":
            raise AwsError(
                "InvalidParameterValueException", f"The local cloud reads from ATHENA, not {call.input['Type']}."
            )
        self._check(call)
        record = {name: call.get(name) for name in _CHANGEABLE}
        asset = self.create(call, {**record, "Type": call.input["Type"]}, Progress("CREATION"))
        return {"Arn": asset.arn, "DataSourceId": call.input["DataSourceId"], "CreationStatus": asset.progress.status}

    def update_data_source(self, call: Call) -> Record:
        """UpdateDataSource: what is not given of the parameters stays."""
        self.get(call)
        self._check(call)
        given = {name: call.input[name] for name in _CHANGEABLE if call.get(name) is not None}
        asset = self.change(call, given)
        return {"Arn": asset.arn, "DataSourceId": call.input["DataSourceId"], "UpdateStatus": asset.progress.status}

    def describe_data_source(self, call: Call) -> Record:
        """DescribeDataSource."""
        asset = self.get(call)
        return {"DataSource": {**asset.described(), "Status": asset.progress.status}}

    def list_data_sources(self, call: Call) -> Record:
        """ListDataSources."""
        return self.summaries(call, "DataSources", _SUMMARY)

    def _check(self, call: Call) -> None:
        parameters = call.get("DataSourceParameters")
        if parameters is None and call.operation == "UpdateDataSource":
            return
        if not parameters or "AthenaParameters" not in parameters:
            raise AwsError("InvalidParameterValueException", "DataSourceParameters must have AthenaParameters.")
        if role := parameters["AthenaParameters"].get("RoleArn"):
            assume(role, DATA_SOURCE.arn(call.caller.region, call.input["DataSourceId"]))


def assume(role: str, source_arn: str, endpoint: str = "") -> RoleSession:
    """Assume the role of a data source for QuickSight; clients of the session need the endpoint.

    Raises:
        AwsError: AccessDeniedException when the role does not trust QuickSight for this source.
    """
    try:
        return assume_role(role, SERVICE, session_name="QuickSight", source_arn=source_arn, endpoint=endpoint)
    except AwsError as error:
        text = "Failed to assume your role. Verify the trust relationships of the role in the IAM console"
        raise AwsError("AccessDeniedException", text, 401) from error
