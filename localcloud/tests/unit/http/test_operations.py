"""Operations by keyword, pages and tags: what all services have in common."""

from __future__ import annotations

from typing import Any, TypedDict, Unpack

import pytest

from localcloud.http.errors import AwsError
from localcloud.http.paging import Page
from localcloud.http.request import Caller
from localcloud.http.service import Call, handlers, operation
from localcloud.http.tags import TagStore

CALLER = Caller("arn:aws:iam::123456789012:user/u", "id", "AKIA", "us-east-1", "codecommit")
ARN = "arn:aws:codecommit:us-east-1:123456789012:models"


class Settings(TypedDict, total=False):
    description: str


class Branches:
    @operation
    def get_branch(self, call: Call, *, repository_name: str, branch_name: str = "main") -> dict[str, Any]:
        return {"branch": f"{call.caller.region}:{repository_name}:{branch_name}"}

    @operation
    def list_branches(self, _call: Call, *, repository_name: str, **_ignored: object) -> dict[str, Any]:
        return {"branches": [repository_name]}

    @operation
    def create_branch(self, _call: Call, *, branch_name: str, **settings: Unpack[Settings]) -> dict[str, Any]:
        return {"branch": branch_name, **settings}

    def get_commit(self, _call: Call) -> dict[str, Any]:
        return {}


def serve(name: str, **members: object) -> Any:
    return handlers(Branches())[name](Call("GetBranch", CALLER, dict(members)))


def test_only_marked_methods_serve_operations() -> None:
    assert sorted(handlers(Branches())) == ["create_branch", "get_branch", "list_branches"]


def test_members_arrive_by_keyword_and_what_is_left_out_has_its_default() -> None:
    assert serve("get_branch", repositoryName="r", branchName=None) == {"branch": "us-east-1:r:main"}


def test_a_member_that_an_operation_does_not_know_is_refused_by_name() -> None:
    with pytest.raises(AwsError, match="GetBranch: commit_id is not supported"):
        serve("get_branch", repositoryName="r", commitId="1")


def test_an_operation_declares_the_members_of_a_typed_dict() -> None:
    assert serve("create_branch", branchName="b", description="d") == {"branch": "b", "description": "d"}
    with pytest.raises(AwsError, match="commit_id is not supported"):
        serve("create_branch", branchName="b", commitId="1")


def test_an_undeclared_member_that_is_empty_or_false_is_left_out() -> None:
    assert serve("get_branch", repositoryName="r", tags=[], force=False) == {"branch": "us-east-1:r:main"}


def test_a_member_that_makes_no_difference_to_any_operation_is_left_out() -> None:
    call = Call("GetBranch", CALLER, {"repositoryName": "r", "clientToken": "t"})
    assert handlers(Branches(), ignored=["clientToken"])["get_branch"](call) == {"branch": "us-east-1:r:main"}


def test_what_is_refused_has_the_services_own_code() -> None:
    call = Call("GetBranch", CALLER, {"repositoryName": "r", "commitId": "1"})
    with pytest.raises(AwsError, match="InvalidRequest: GetBranch: commit_id"):
        handlers(Branches(), invalid="InvalidRequest")["get_branch"](call)


def test_a_missing_member_is_refused_by_name() -> None:
    with pytest.raises(AwsError, match="needs repository_name"):
        serve("get_branch")


def test_members_that_make_no_difference_can_be_ignored() -> None:
    assert serve("list_branches", repositoryName="r", nextToken="x") == {"branches": ["r"]}


def test_pages_follow_each_other_to_the_end_of_the_list() -> None:
    first = Page.of([1, 2, 3], None, 2)
    second = Page.of([1, 2, 3], first.next_token, 2)
    assert (first.items, second.items, second.next_token) == ([1, 2], [3], None)
    assert first.answer("numbers", "nextToken") == {"numbers": [1, 2], "nextToken": first.next_token}
    assert second.answer("numbers") == {"numbers": [3]}


def test_a_token_that_was_not_given_out_is_refused() -> None:
    with pytest.raises(AwsError, match="Invalid token"):
        Page.of([1], "made-up", 1)


def test_a_tag_key_is_there_once_and_the_last_value_wins() -> None:
    tags = TagStore(key="key", value="value")
    tags.put(ARN, [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
    tags.put_mapping(ARN, {"a": "3"})
    tags.remove(ARN, ["b", "c"])
    assert tags.of(ARN) == [{"key": "a", "value": "3"}]
    tags.forget(ARN)
    assert tags.mapping(ARN) == {}


def test_too_many_tags_and_missing_resources_are_the_services_own_errors() -> None:
    tags = TagStore(limit=1, too_many=lambda message: AwsError("TooManyTags", message))
    tags.owned_by(lambda arn: arn == ARN)
    with pytest.raises(AwsError, match=r"TooManyTags: .* has 2 tags, at most 1 allowed"):
        tags.put_mapping(ARN, {"a": "1", "b": "2"})
    assert tags.mapping(ARN) == {}
    with pytest.raises(AwsError, match="does not exist"):
        tags.require("arn:aws:codecommit:us-east-1:123456789012:other")
