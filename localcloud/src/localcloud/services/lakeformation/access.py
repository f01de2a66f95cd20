"""What a caller needs for each operation of Lake Formation."""

from localcloud.http.service import Call, Permission

_SERVICE = "lakeformation.amazonaws.com"


def permissions(call: Call) -> list[Permission]:
    """Return what a call needs: the service authorization reference gives Lake Formation's actions no resource."""
    needed: list[Permission] = [(f"lakeformation:{call.operation}", "*", {})]
    if role := call.get("RoleArn"):
        needed.append(("iam:PassRole", role, {"iam:PassedToService": _SERVICE}))
    return needed
