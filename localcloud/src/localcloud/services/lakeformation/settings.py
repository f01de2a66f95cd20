"""Data lake settings: above all the administrators, who alone may grant.

On AWS a principal with the grant option may grant as well; here only administrators do.
"""

from typing import Any

from localcloud.http.errors import AwsError
from localcloud.http.service import Call
from localcloud.services.lakeformation import resources

Record = dict[str, Any]
_SUPER = {"Principal": {"DataLakePrincipalIdentifier": resources.EVERYBODY}, "Permissions": ["ALL"]}


class Settings:
    """The account's settings by region, first as in a new account."""

    def __init__(self) -> None:
        self._found: dict[str, Record] = {}

    def put(self, call: Call) -> Record:
        """PutDataLakeSettings replaces all settings."""
        wanted = call.input["DataLakeSettings"]
        for admin in wanted.get("DataLakeAdmins", []):
            resources.check_principal(admin["DataLakePrincipalIdentifier"])
        self._found[call.caller.region] = wanted
        return {}

    def get(self, call: Call) -> Record:
        """GetDataLakeSettings."""
        defaults = {
            "DataLakeAdmins": [],
            "CreateDatabaseDefaultPermissions": [_SUPER],
            "CreateTableDefaultPermissions": [_SUPER],
        }
        return {"DataLakeSettings": self._found.get(call.caller.region, defaults)}

    def require_admin(self, call: Call) -> None:
        """Refuses a caller who is no data lake administrator.

        Raises:
            AwsError: AccessDeniedException.
        """
        admins = self.get(call)["DataLakeSettings"].get("DataLakeAdmins", [])
        if _identity(call.caller.arn) not in {_identity(admin["DataLakePrincipalIdentifier"]) for admin in admins}:
            text = "Resource does not exist or requester is not authorized to access requested permissions."
            raise AwsError("AccessDeniedException", text, 403)


def _identity(arn: str) -> str:
    """Names a role and its sessions alike."""
    kind, _, name = arn.partition(":assumed-role/")
    return f"role/{name.split('/')[0]}" if name else f"role/{arn.rpartition('/')[2]}" if ":role/" in kind else arn
