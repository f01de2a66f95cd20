"""What a caller needs for each operation of AWS Chatbot.

Source: service authorization reference, "Actions, resources, and condition keys for AWS Chatbot": create and read take
no resource.
"""

from localcloud.http.service import Call, Permission


def permissions(call: Call) -> list[Permission]:
    """Return the permissions of a call, and iam:PassRole for the channel's role."""
    on_resource = call.operation.startswith(("Update", "Delete"))
    resource = call.input["ChatConfigurationArn"] if on_resource else "*"
    needed: list[Permission] = [(f"chatbot:{call.operation}", resource, {})]
    if role := call.get("IamRoleArn"):
        needed.append(("iam:PassRole", role, {"iam:PassedToService": "chatbot.amazonaws.com"}))
    return needed
