"""Previews of a stack with secrets, by a role that can't read them."""

from __future__ import annotations

import base64
import json
import threading

import pytest
from botocore.exceptions import ClientError

from messages import change_set

from .conftest import COMMIT, SECRETS, Program, client

pytestmark = pytest.mark.local


@pytest.fixture
def program(deployed_once: Program) -> Program:
    """The program in a checkout as it was first; a preview changes nothing of its stack."""
    deployed_once.restore()
    return deployed_once


def test_a_preview_without_the_key_shows_the_changes_and_no_secret_in_any_artifact_or_log(program: Program) -> None:
    program.wants(data=45, extra=True, secret="another-secret-value-9")
    done = program.job("preview", principal="reader")
    assert done.returncode == 0, done.stdout
    files = {path.name: path.read_text() for path in program.output.iterdir()}
    everything = "".join([done.stdout, *files.values()])
    assert not [secret for secret in (*SECRETS, "another-secret-value-9") if secret in everything]

    changes = change_set.read(files["preview.json"])
    by_name = {item.name: item for item in changes.resources}
    assert {name: item.op for name, item in by_name.items()} == {"data": "update", "extra": "create", "topic": "update"}
    assert [(p.path, p.before, p.after) for p in by_name["data"].properties] == [
        ("visibilityTimeoutSeconds", "30", "45")
    ]
    assert [(p.path, p.compared) for p in by_name["topic"].properties] == [("displayName", False)]
    assert (changes.stack, changes.commit) == ("local", COMMIT)
    assert "- `aws:sqs/queue:Queue` `extra`" in done.stdout
    assert changes.summary() == "2 to update, 1 to create, 3 unchanged"
    assert set(files) == {"preview.json"}
    assert "Contents" not in program.cloud.client("s3", "root").list_objects_v2(Bucket=program.bucket)


def test_the_previewing_role_can_not_read_a_secret(program: Program) -> None:
    for arguments in (
        ["preview"],
        ["stack", "output", "--show-secrets", "--json"],
        ["stack", "export", "--show-secrets"],
    ):
        refused = program.pulumi(*arguments, principal="reader")
        assert refused.returncode != 0, refused.stdout
        assert "not authorized to perform: kms:Decrypt" in refused.stdout
    exported = program.pulumi("stack", "export", principal="reader")
    assert exported.returncode == 0
    assert not [secret for secret in SECRETS if secret in exported.stdout]
    provider = json.loads(exported.stdout[exported.stdout.index("{") :])["deployment"]["secrets_providers"]
    kms = client(program.cloud, "kms", program.reader)
    with pytest.raises(ClientError, match="AccessDenied"):
        kms.decrypt(CiphertextBlob=base64.b64decode(provider["state"]["encryptedkey"]))


def test_a_preview_changes_neither_the_stack_nor_its_files(program: Program) -> None:
    before = program.pulumi("stack", "export").stdout
    files = sorted(path.name for path in program.directory.iterdir())
    program.wants(data=45)
    assert program.job("preview", principal="reader").returncode == 0
    assert program.pulumi("stack", "export").stdout == before
    assert sorted({path.name for path in program.directory.iterdir()} - {"delivery-output"}) == files
    assert program.timeout_of("data") == "30"


def test_a_broken_program_fails_with_its_own_error(program: Program) -> None:
    (program.directory / "__main__.py").write_text("raise ValueError('this line is wrong')\n")
    done = program.job("preview", principal="reader")
    assert done.returncode == 1
    assert "ValueError: this line is wrong" in done.stdout
    assert "delivery.job" not in done.stdout


def test_a_comment_is_written_also_for_a_preview_that_fails(program: Program) -> None:
    (program.directory / "__main__.py").write_text("raise ValueError('this line is wrong')\n")
    done = program.job("comment", principal="reader")
    assert done.returncode == 1
    assert "ValueError: this line is wrong" in (program.output / "comment.md").read_text()


def test_a_secret_that_a_provider_refuses_is_not_in_the_error(program: Program) -> None:
    program.wants(tag=SECRETS[0] * 20)
    for principal in ("reader", "deployer"):
        done = program.job("preview", principal=principal)
        assert done.returncode == 1
        assert "at most 256" in done.stdout
        assert SECRETS[0] not in done.stdout


def test_a_preview_waits_for_the_deployment_that_holds_the_lock(program: Program) -> None:
    state = program.cloud.state["backend_url"].removeprefix("s3://").partition("?")[0]
    lock = {"Bucket": state, "Key": ".pulumi/locks/organization/delivery-test/local/1.json"}
    s3 = program.cloud.client("s3", "root")
    s3.put_object(**lock, Body=b"{}")
    unlock = threading.Timer(4, s3.delete_object, kwargs=lock)
    unlock.start()
    done = program.job("preview", principal="reader")
    unlock.join()
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[0] == "waiting for the deployment that holds the stack's lock"
