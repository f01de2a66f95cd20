"""Names are the program's own, and each is free, this stack's, or somebody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doctor.names import LOOKUPS, WITHOUT_LOOKUP, names
from doctor.prerequisites import TOPIC
from doctor.program import Planned, planned

from .conftest import ROOT, error

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Examine

ROLE = "aws:iam/role:Role"
BUCKET = "aws:s3/bucket:Bucket"
GROUP = "aws:cloudwatch/logGroup:LogGroup"


def resource(kind: str, name: str) -> Planned:
    return Planned(type=kind, name="r", inputs={LOOKUPS[kind].name: name})


def test_every_type_of_the_program_is_looked_up_or_has_a_reason(tmp_path: Path) -> None:
    text = (ROOT / "Pulumi.local.yaml").read_text()
    everything = text.replace("patchServiceRole: false", "patchServiceRole: true").replace(
        "enabled: false", "enabled: true"
    )
    assert everything != text
    (tmp_path / "Pulumi.local.yaml").write_text(everything)
    for name in ("Pulumi.yaml", "__main__.py"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    resources = planned("local", tmp_path)
    assert len(resources) > 100
    unknown = {r.type for r in resources if r.type not in LOOKUPS and not r.type.startswith(tuple(WITHOUT_LOOKUP))}
    assert unknown == set()
    assert set(LOOKUPS) <= {r.type for r in resources}
    looked_up = [str(r.inputs[LOOKUPS[r.type].name]) for r in resources if r.type in LOOKUPS]
    assert all("abalone-local" in name.replace("_", "-") for name in looked_up)
    topics = [r.inputs["name"] for r in resources if r.type == "aws:sns/topic:Topic"]
    assert topics == [f"abalone-local-{TOPIC}"]


def test_a_free_name_and_one_of_this_stack_are_counted(examination: Examine) -> None:
    tags = [{"Key": "project", "Value": "abalone"}, {"Key": "environment", "Value": "local"}]

    def get_role(**parameters: str) -> Any:
        return {"Role": {"Tags": tags}} if parameters["RoleName"] == "mine" else error("NoSuchEntity")

    answers = {"iam": {"get_role": get_role}, "logs": {"describe_log_groups": [{"logGroups": []}]}}
    resources = [resource(ROLE, "mine"), resource(ROLE, "free"), resource(GROUP, "/free")]
    [finding] = names(examination(answers), resources)
    assert (finding.status, finding.text) == ("ok", "2 are free, 1 are this stack's already")


def test_a_name_of_somebody_else_is_named_with_whose_it_is(examination: Examine) -> None:
    tags = [{"Key": "project", "Value": "abalone"}, {"Key": "environment", "Value": "prod"}]
    answers: dict[str, dict[str, Any]] = {
        "iam": {"get_role": {"Role": {"Tags": tags}}},
        "s3": {"head_bucket": error("403", "HeadBucket")},
    }
    role, bucket, counted = names(examination(answers), [resource(ROLE, "r"), resource(BUCKET, "b")])
    assert (role.status, bucket.status, counted.status) == ("lacking", "lacking", "ok")
    assert "project=abalone, environment=prod" in role.text
    assert "another account" in bucket.text


def test_names_that_may_not_be_read_are_one_line(examination: Examine) -> None:
    answers = {"iam": {"get_role": error("AccessDenied", "GetRole")}}
    _, unread = names(examination(answers), [resource(ROLE, name) for name in ("a", "b", "c")])
    assert unread.status == "not checked"
    assert "and 2 more names" in unread.text
