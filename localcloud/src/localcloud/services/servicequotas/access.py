"""What a caller needs for each operation of Service Quotas.

Source: service authorization reference, "Actions, resources, and condition keys for Service Quotas": reading takes no
resource.
"""

from localcloud.http.service import Call, Permission


def permissions(call: Call) -> list[Permission]:
    """Return the permission of a call."""
    return [(f"servicequotas:{call.operation}", "*", {})]
