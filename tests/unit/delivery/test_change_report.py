"""The Markdown of a change set, as a reviewer sees it."""

from __future__ import annotations

import json
import subprocess

import pytest

from delivery import comment, events
from delivery.engine import failure
from messages import change_report, markdown

from .conftest import SECRETS, change, changes, recorded, resource


def test_no_change_says_so_in_a_sentence() -> None:
    text = change_report.render(changes(unchanged=41))
    assert "No changes: 41 resources stay as they are." in text
    assert "|" not in text


def test_creates_only_are_listed_without_their_inputs_or_a_warning() -> None:
    text = change_report.render(recorded("creates"))
    assert "| create | 5 |" in text
    assert "- `aws:sns/topic:Topic` `t`\n" in text
    assert "undone" not in text
    assert "abalone-local-t" not in text


def test_a_replaced_stateful_resource_is_flagged_with_what_is_lost_and_why() -> None:
    text = change_report.render(recorded("changes"))
    assert "> **3 of these can't be undone**" in text
    assert "- `aws:s3/bucket:Bucket` `b` **loses its objects**" in text
    assert "  - `bucket`: `abalone-local-b2` → `abalone-local-b3` **causes the replacement**" in text
    assert text.index("### Delete") < text.index("### Replace") < text.index("### Update")


def test_three_hundred_changes_are_cut_with_a_count_and_the_dangerous_ones_stay() -> None:
    updates = [resource(f"queue-{n:03}", "update", change("tags", "x" * 100, "y" * 100)) for n in range(290)]
    deletes = [resource(f"gone-{n}", "delete") for n in range(10)]
    for limit in (markdown.CODECOMMIT_LIMIT, 30_000):
        text = change_report.render(changes(*deletes, *updates), limit)
        assert len(text) <= limit
        assert all(f"`gone-{n}`" in text for n in range(10))
        shown = text.count("`queue-")
        assert 10 < shown < 290
        assert f"**{290 - shown} more changes are not shown here: {290 - shown} to update.**" in text
        assert "| update | 290 |" in text


def test_a_comment_with_room_for_all_has_no_footer() -> None:
    updates = [resource(f"queue-{n:03}", "update", change("tags", "x", "y")) for n in range(300)]
    text = change_report.render(changes(*updates))
    assert text.count("`queue-") == 300
    assert "not shown" not in text


def test_a_deleted_resource_is_named_even_where_its_whole_block_does_not_fit() -> None:
    many = [change(f"p{n}", "x" * 100, "y" * 100) for n in range(12)]
    text = change_report.render(changes(*(resource(f"r{n}", "replace", *many) for n in range(30))), 10_240)
    assert len(text) <= 10_240
    assert text.count("- `aws:sqs/queue:Queue`") > 3


@pytest.mark.parametrize(
    "hostile",
    [
        "@everyone look",
        "<img src=x onerror=alert(1)>",
        "a `b` c",
        "``` ```",
        "`",
        "**bold** | [x](http://e)",
        "a\n\n# b",
    ],
)
def test_values_can_only_be_code(hostile: str) -> None:
    text = change_report.render(changes(resource("a", "update", change("p", "1", hostile))))
    [line] = [line for line in text.splitlines() if line.startswith("  - `p`")]
    after = line.partition("→ ")[2]
    fence = after[: len(after) - len(after.lstrip("`"))]
    inside = after[len(fence) : -len(fence)]
    assert after.endswith(fence)
    assert fence not in inside
    assert inside.strip().split() == hostile.split()


def test_names_and_paths_can_only_be_code_too() -> None:
    text = change_report.render(changes(resource("@team`x`", "update", change("<b>", "1", "2"))))
    assert "`` @team`x` ``" in text
    assert "`<b>`" in text


def test_a_changed_policy_shows_the_lines_that_differ() -> None:
    old, new = ({"Statement": [{"Action": ["s3:GetObject", action], "Effect": "Allow"}]} for action in ("a", "b"))
    text = change_report.render(changes(resource("r", "update", change("policy", json.dumps(old), json.dumps(new)))))
    assert "    ```diff" in text
    assert '    -    "a"' in text
    assert '    +    "b"' in text
    assert "Effect" not in text


def test_long_values_keep_both_ends() -> None:
    shown = markdown.code(f"start{'x' * 500}end")
    assert shown.startswith("`start")
    assert shown.endswith("end`")
    assert len(shown) < 130


def test_no_secret_is_shown_and_uncompared_ones_are_counted() -> None:
    text = change_report.render(recorded("changes")) + change_report.render(recorded("creates"))
    assert not [secret for secret in SECRETS if secret in text]
    assert "1 secret value is neither shown nor compared" in text


def test_a_failure_is_fenced_and_cut() -> None:
    text = change_report.failure("local", "```\n@team" + "x" * 20_000, 10_240)
    assert len(text) <= 10_240
    assert "````\n```\n@team" in text
    assert text.startswith(change_report.marker("local"))


def test_documents_that_would_take_long_to_compare_are_shown_as_values() -> None:
    before, after = (json.dumps([[f"{side}{n}"] for n in range(5_000)]) for side in "ab")
    text = change_report.render(changes(resource("a", "update", change("p", before, after))))
    assert "```diff" not in text
    assert change_report.render(changes(resource("a", "update", change("p", "[" * 10_000, "[" * 9_000))))


def test_what_the_policy_pack_warns_of_is_in_the_report_before_the_changes() -> None:
    event = {"policyName": "disabled-rules", "message": "tls-only is switched off: why", "enforcementLevel": "advisory"}
    refused = {**event, "policyName": "log-retention", "enforcementLevel": "mandatory"}
    received = list(events.parse([json.dumps({"policyEvent": event}), json.dumps({"policyEvent": refused})]))
    warnings = events.policy_warnings(received)
    assert warnings == ["policy disabled-rules: tls-only is switched off: why"]
    report = change_report.render(changes(resource("r", "create")), policies=warnings)
    assert report.index("tls-only is switched off: why") < report.index("### Create")
    assert failure("preview", received, "").splitlines()[1:] == [
        "  policy log-retention: tls-only is switched off: why"
    ]


def test_the_longest_comment_of_the_longest_characters_travels_in_an_environment_variable() -> None:
    text = change_report.failure("dev", "\U0001f433" * 100_000, comment.WORKFLOW_LIMIT)
    assert len(text) > comment.WORKFLOW_LIMIT - 100
    # As the workflow's second job does it; Linux refuses what is too long.
    subprocess.run(["/bin/true"], env={"COMMENT": text}, check=True)
