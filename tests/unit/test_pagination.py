"""Every list that AWS answers in pages is read through botocore's paginator, or one page is enough for a reason."""

import ast
import functools
from pathlib import Path
from typing import Any, NamedTuple

import botocore.session
import pytest
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


@pytest.fixture(scope="module")
def nodes() -> list[tuple[str, ast.Call]]:
    """The calls in all packages, each with its file."""
    return [
        (path.relative_to(ROOT).as_posix(), node)
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]


@pytest.fixture(scope="module")
def direct(nodes: list[tuple[str, ast.Call]]) -> set[Call]:
    """The calls of methods."""
    return {
        Call(file, node.func.attr)
        for file, node in nodes
        if isinstance(node.func, ast.Attribute) and node.func.attr != "get_paginator"
    }


@pytest.fixture(scope="module")
def by_paginator(nodes: list[tuple[str, ast.Call]]) -> set[Call]:
    """The calls by paginators."""
    calls: set[Call] = set()
    for file, node in nodes:
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get_paginator":
            [operation] = node.args
            assert isinstance(operation, ast.Constant), f"{file}:{node.lineno} names no operation"
            calls.add(Call(file, str(operation.value)))
    return calls


def test_every_service_that_the_packages_have_a_client_of_is_looked_at(nodes: list[tuple[str, ast.Call]]) -> None:
    services = {
        str(node.args[0].value)
        for _, node in nodes
        if node.args and isinstance(node.args[0], ast.Constant)
        if ast.unparse(node.func).endswith(("client", "clients", "clients.root"))
    }
    assert {"sagemaker", "codepipeline", "athena", "s3"} <= services <= set(SERVICES)


def test_no_list_is_read_by_its_first_page_only(direct: set[Call]) -> None:
    assert in_pages()["list_targets_by_rule"] == {"events"}
    assert {call for call in direct if call.operation in in_pages()} - set(ONE_PAGE_IS_ENOUGH) == set()


def test_every_list_of_one_page_is_still_read(direct: set[Call]) -> None:
    assert set(ONE_PAGE_IS_ENOUGH) <= direct
    assert all(ONE_PAGE_IS_ENOUGH.values())


def test_botocore_has_every_paginator_that_is_asked_for(by_paginator: set[Call]) -> None:
    asked = {call.operation for call in by_paginator}
    assert len(asked) > 10
    assert asked <= {xform_name(name) for service in SERVICES for name in paginated(service)}
