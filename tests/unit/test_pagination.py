"""Every list that AWS answers in pages is read through botocore's paginator, or one page is enough for a reason."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import botocore.session
from botocore import xform_name
from botocore.exceptions import DataNotFoundError

ROOT = Path(__file__).parents[2]
PACKAGES = ("bench", "bootstrap", "contract", "delivery", "demo", "lambdas", "messages", "pipeline_def", "settings")
# The services that the packages have clients of.
SERVICES = (
    *("accessanalyzer", "athena", "chatbot", "codecommit", "codepipeline", "dynamodb", "events", "glue", "iam", "kms"),
    *("lakeformation", "lambda", "quicksight", "s3", "sagemaker", "sns", "sqs", "sts"),
)
# Members of an answer that say that there is more, or where it begins.
MORE = {"istruncated", "marker", "nextmarker", "nexttoken", "nextcontinuationtoken", "paginationtoken", "truncated"}


class Call(NamedTuple):
    """A call of an operation, by its name in Python, or of its paginator."""

    file: str
    operation: str


ONE_PAGE_IS_ENOUGH: dict[Call, str] = {
    Call("bench/kpi.py", "get_query_results"): "The query counts: a header and one row.",
    Call(
        "delivery/verification/declarations.py", "describe_slack_channel_configurations"
    ): "Of one ARN there is one configuration.",
    Call("delivery/preview.py", "list_objects_v2"): "Whether there is a lock at all shows on the first.",
    Call("delivery/restart.py", "list_objects_v2"): "Keys come in order, so that of the prefix is the first.",
    Call("lambdas/notifier/codepipeline.py", "list_pipeline_executions"): "What runs is among the latest hundred.",
    Call("demo/delivery.py", "list_pipeline_executions"): "Newest first: those of a commit that was just pushed.",
}


@functools.cache
def in_pages() -> dict[str, set[str]]:
    """The operations that answer in pages, by their names in Python, each with the services that have it."""
    session: Any = botocore.session.get_session()
    operations: dict[str, set[str]] = {}
    for service in SERVICES:
        model = session.get_service_model(service)
        with_paginator = set(paginated(service))
        for name in model.operation_names:
            output = model.operation_model(name).output_shape
            members = {member.lower() for member in output.members} if output else set[str]()
            if name in with_paginator or members & MORE:
                operations.setdefault(xform_name(name), set()).add(service)
    return operations


def paginated(service: str) -> list[str]:
    session: Any = botocore.session.get_session()
    try:
        return list(session.get_paginator_model(service)._paginator_config)
    except DataNotFoundError:
        return []


def calls() -> Iterator[tuple[Call, bool]]:
    """The calls of methods in all packages; and whether each asks for a paginator."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    file = path.relative_to(ROOT).as_posix()
                    if node.func.attr == "get_paginator":
                        [operation] = node.args
                        assert isinstance(operation, ast.Constant), f"{file}:{node.lineno} names no operation"
                        yield Call(file, str(operation.value)), True
                    else:
                        yield Call(file, node.func.attr), False


CALLS = list(calls())


def clients() -> set[str]:
    """The services that the packages name where they make a client."""
    return {
        str(node.args[0].value)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
        if ast.unparse(node.func).endswith(("client", "clients", "clients.root"))
    }


def test_every_service_that_the_packages_have_a_client_of_is_looked_at() -> None:
    assert {"sagemaker", "codepipeline", "athena", "s3"} <= clients()
    assert clients() <= set(SERVICES)


def test_no_list_is_read_by_its_first_page_only() -> None:
    assert in_pages()["list_targets_by_rule"] == {"events"}
    direct = {call for call, by_paginator in CALLS if not by_paginator and call.operation in in_pages()}
    assert direct - set(ONE_PAGE_IS_ENOUGH) == set()


def test_every_list_of_one_page_is_still_read() -> None:
    assert set(ONE_PAGE_IS_ENOUGH) <= {call for call, by_paginator in CALLS if not by_paginator}
    assert all(ONE_PAGE_IS_ENOUGH.values())


def test_botocore_has_every_paginator_that_is_asked_for() -> None:
    asked = {call.operation for call, by_paginator in CALLS if by_paginator}
    assert len(asked) > 10
    assert asked <= {xform_name(name) for service in SERVICES for name in paginated(service)}
