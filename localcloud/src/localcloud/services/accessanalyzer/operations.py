"""IAM Access Analyzer's validation of policies: of its checks, those that a document is JSON and its actions exist.

Source: "Access Analyzer policy check reference" (IAM user guide).
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from localcloud.http.paging import Page
from localcloud.http.service import Answer, Call, Permission, Service, operation
from localcloud.iam.policy_documents import PolicyError, statements

_REFERENCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
_PAGE = 100


def accessanalyzer() -> Service:
    """Return the service."""
    return Service("accessanalyzer", [PolicyValidation()], _permissions)


def _permissions(call: Call) -> list[Permission]:
    """Return what a call needs.

    Source: service authorization reference, "Actions, resources, and condition keys for AWS IAM Access Analyzer": the
    validation takes no resource.
    """
    return [(f"access-analyzer:{call.operation}", "*", {})]


class PolicyValidation:
    """The operation that validates one document."""

    @operation
    def validate_policy(
        self,
        _call: Call,
        *,
        policy_document: str,
        max_results: int = _PAGE,
        next_token: str | None = None,
        # The checks that are served are the same for every type of policy, and their findings English.
        **_ignored: object,
    ) -> Answer:
        """Return what is wrong with a policy document."""
        page = Page.of([each.describe() for each in _findings(policy_document)], next_token, max_results)
        return {"findings": page.items, **({"nextToken": page.next_token} if page.next_token else {})}


@dataclass(frozen=True)
class Finding:
    """An error at a place of a document; `code` is the name of the check."""

    code: str
    details: str
    document: str
    start: int
    length: int

    def describe(self) -> Answer:
        """Return the finding as the answer has it."""
        anchor = f"access-analyzer-reference-policy-checks-error-{self.code.lower().replace('_', '-')}"
        span = {"start": self._position(self.start), "end": self._position(self.start + self.length)}
        return {
            "findingDetails": self.details,
            "findingType": "ERROR",
            "issueCode": self.code,
            "learnMoreLink": f"{_REFERENCE}#{anchor}",
            "locations": [{"path": [], "span": span}],
        }

    def _position(self, offset: int) -> Mapping[str, int]:
        before = self.document[:offset]
        return {"line": before.count("\n") + 1, "column": offset - before.rfind("\n") - 1, "offset": offset}


def _findings(document: str) -> Iterator[Finding]:
    try:
        listed = statements(document)
    except PolicyError:
        yield Finding("JSON_SYNTAX_ERROR", "Fix the JSON syntax error.", document, 0, len(document))
        return
    for statement in listed:
        for element in ("Action", "NotAction"):
            value = statement.get(element, [])
            for action in [value] if isinstance(value, str) else value:
                code, details = _problem(action)
                if code:
                    quoted = json.dumps(action)
                    yield Finding(code, details, document, max(document.find(quoted), 0), len(quoted))


def _problem(action: str) -> tuple[str, str]:
    """Return the code and the text of what is wrong with an action; empty where it exists."""
    if action == "*":
        return "", ""
    service, _, name = action.lower().partition(":")
    if service not in _actions():
        return "INVALID_SERVICE_IN_ACTION", f"The service {service} specified in the action does not exist."
    if not any(fnmatchcase(known, name) for known in _actions()[service]):
        return "INVALID_ACTION", f"The action {action} does not exist."
    return "", ""


@cache
def _actions() -> Mapping[str, frozenset[str]]:
    """Return the actions of each service in lower case, of the service authorization reference as cfn-lint ships it.

    The file is read without importing cfn-lint, which takes a second.
    """
    spec = importlib.util.find_spec("cfnlint")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("cfn-lint is not installed; policies are validated against the actions it ships")
    file = Path(spec.submodule_search_locations[0], "data", "AdditionalSpecs", "Policies.json")
    content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return {service: frozenset(entry["Actions"]) for service, entry in content.items()}
