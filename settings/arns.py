"""ARNs that a stack file may hold: their formats."""

from typing import Annotated

from pydantic import StringConstraints

from contract.arns import PARTITIONS

_PARTITIONS = "|".join(partition.name for partition in PARTITIONS)
# CreateGroup and RegisterUser of the QuickSight API: namespaces of 64 characters, names of Latin-1; a user that came by
# a role is named {role}/{session}. ResourcePermission.Principal takes 256 characters.
_QUICKSIGHT_PRINCIPAL = (
    rf"^arn:(?:{_PARTITIONS}):quicksight:[a-z]{{2,3}}(?:-[a-z]+)+-[0-9]:[0-9]{{12}}:(?:user|group)"
    r"/[A-Za-z0-9._-]{1,64}/[\x21-\x7e\u00a1-\u00ff](?:[\x20-\x7e\u00a1-\u00ff]*[\x21-\x7e\u00a1-\u00ff])?$"
)
# CreateRole of the IAM API: paths, and names of 64 characters.
_ROLE = rf"^arn:(?:{_PARTITIONS}):iam::[0-9]{{12}}:role/(?:[\x21-\x7e]+/)?[A-Za-z0-9+=,.@_-]{{1,64}}$"

QuickSightPrincipal = Annotated[str, StringConstraints(pattern=_QUICKSIGHT_PRINCIPAL, max_length=256)]
RoleArn = Annotated[str, StringConstraints(pattern=_ROLE, max_length=2048)]
