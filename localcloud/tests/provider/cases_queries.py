"""Athena's workgroups and named queries."""

from __future__ import annotations

from typing import Any

from .case import Case

_RESULTS: dict[str, Any] = {
    "outputLocation": "s3://${bucket2.bucket}/results/",
    "encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKeyArn": "${key-2.arn}"},
}

CASES = [
    Case(
        "workgroup",
        "aws:athena/workgroup:Workgroup",
        {
            "description": "one",
            "forceDestroy": True,
            "configuration": {
                "bytesScannedCutoffPerQuery": 1073741824,
                "engineVersion": {"selectedEngineVersion": "Athena engine version 3"},
                "requesterPaysEnabled": False,
                "resultConfiguration": _RESULTS,
            },
            "tags": {"a": "1"},
        },
        {
            "description": "two",
            "state": "DISABLED",
            "configuration": {
                "bytesScannedCutoffPerQuery": 10485760,
                "publishCloudwatchMetricsEnabled": False,
                "resultConfiguration": {**_RESULTS, "encryptionConfiguration": {"encryptionOption": "SSE_S3"}},
            },
            "tags": {"a": "2"},
        },
        {"name": "provider-test"},
        lambda c, out: c("athena").update_work_group(
            WorkGroup=out["name"], ConfigurationUpdates={"EnforceWorkGroupConfiguration": False}
        ),
        lambda c, out: c("athena").delete_work_group(WorkGroup=out["name"], RecursiveDeleteOption=True),
        id="{name}",
        outputs=("arn",),
    ),
    Case(
        "named-query",
        "aws:athena/namedQuery:NamedQuery",
        {
            "database": "${glue-database-2.name}",
            "description": "which is best",
            "query": "SELECT 1",
            "workgroup": "${workgroup-2.name}",
        },
        replace={"query": "SELECT 2"},
        remove=lambda c, out: _delete_named_query(c("athena"), out["name"]),
        id="{id}",
    ),
]


def _delete_named_query(athena: Any, name: str) -> None:
    for group in athena.list_work_groups()["WorkGroups"]:
        for query_id in athena.list_named_queries(WorkGroup=group["Name"])["NamedQueryIds"]:
            if athena.get_named_query(NamedQueryId=query_id)["NamedQuery"]["Name"] == name:
                athena.delete_named_query(NamedQueryId=query_id)


SUPPORT = [Case("workgroup-2", "aws:athena/workgroup:Workgroup", {"forceDestroy": True})]
