"""A function's code: changes of content are found wherever they happen."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.lifecycle import LocalCloud

from .case import code, trust, write_code
from .conftest import Program

pytestmark = pytest.mark.local
ROLE = {"name": "role", "type": "aws:iam/role:Role", "inputs": {"assumeRolePolicy": trust("lambda.amazonaws.com")}}


def function(**inputs: Any) -> dict[str, Any]:
    defaults = {
        "role": "${role.arn}",
        "runtime": "python3.13",
        "handler": "h.handler",
        "code": {"$archive": "code.zip"},
    }
    return {"name": "function", "type": "aws:lambda/function:Function", "inputs": {**defaults, **inputs}}


def test_code_that_changed_under_the_same_path_is_deployed(program: Program, cloud: LocalCloud) -> None:
    write_code(program.directory / "code.zip", "one")
    program.declare([ROLE, function()])
    program.ok("up")
    before = program.state()["function"]["outputs"]
    write_code(program.directory / "code.zip", "two")
    assert program.ok("up").operations == {"function": "update"}
    after = program.state()["function"]["outputs"]
    assert after["codeSha256"] != before["codeSha256"]
    assert program.ok("preview").operations == {}
    answer = cloud.client("lambda", "root").invoke(FunctionName=after["name"])
    assert answer["Payload"].read() == b'"two"'


def test_code_deployed_behind_the_back_is_found_and_replaced_by_ours(program: Program, cloud: LocalCloud) -> None:
    write_code(program.directory / "code.zip", "ours")
    program.declare([ROLE, function()])
    program.ok("up")
    ours = program.state()["function"]["outputs"]
    theirs = code("def handler(event, context):\n    return 'theirs'\n")
    cloud.client("lambda", "root").update_function_code(FunctionName=ours["name"], ZipFile=theirs)
    program.ok("refresh")
    assert program.ok("up").operations == {"function": "update"}
    assert program.state()["function"]["outputs"]["codeSha256"] == ours["codeSha256"]
    assert program.ok("preview").operations == {}


def test_a_given_source_code_hash_decides_when_code_is_deployed(program: Program) -> None:
    write_code(program.directory / "code.zip", "one")
    program.declare([ROLE, function(sourceCodeHash="first")])
    program.ok("up")
    assert program.ok("preview").operations == {}
    program.declare([ROLE, function(sourceCodeHash="second")])
    assert program.ok("up").operations == {"function": "update"}
    assert program.state()["function"]["outputs"]["sourceCodeHash"] == "second"


def test_a_bucket_with_objects_is_kept_unless_the_program_says_otherwise(program: Program, cloud: LocalCloud) -> None:
    bucket = {"name": "bucket", "type": "aws:s3/bucket:Bucket", "inputs": {}}
    program.declare([bucket])
    program.ok("up")
    name, s3 = program.state()["bucket"]["outputs"]["bucket"], cloud.client("s3", "root")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for text in (b"1", b"2"):
        s3.put_object(Bucket=name, Key="a", Body=text)
    s3.delete_object(Bucket=name, Key="a")
    refused = program.engine("destroy")
    assert refused.code != 0
    assert "BucketNotEmpty" in refused.diagnostics
    program.declare([{**bucket, "inputs": {"forceDestroy": True}}])
    assert program.ok("up").operations == {"bucket": "update"}
    program.ok("destroy")
    assert name not in [item["Name"] for item in s3.list_buckets()["Buckets"]]
