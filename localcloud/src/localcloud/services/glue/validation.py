"""What Glue refuses in a crawler's definition."""

import json
import re
from typing import Any

from localcloud.emulator.catalog import classifier, security_configuration
from localcloud.http.errors import AwsError
from localcloud.services.glue.crawl.globs import compiled

Record = dict[str, Any]
_CRON = re.compile(r"cron\(\S+ \S+ \S+ \S+ \S+ \S+\)")
_CONFIGURATION: Record = {
    "Version": (1, 1.0),
    "Grouping": {"TableGroupingPolicy": ("CombineCompatibleSchemas",), "TableLevelConfiguration": int},
    "CrawlerOutput": {
        "Partitions": {"AddOrUpdateBehavior": ("InheritFromTable",)},
        "Tables": {"AddOrUpdateBehavior": ("MergeNewColumns",), "TableThreshold": int},
    },
    "CreatePartitionIndex": (True, False),
}


def check(crawler: Record) -> None:
    """Checks a whole definition.

    Raises:
        AwsError: InvalidInputException, or EntityNotFoundException for what it refers to.
    """
    _check_targets(crawler.get("Targets") or {})
    _check_policies(crawler)
    schedule = crawler.get("Schedule")
    if schedule and not _CRON.fullmatch(schedule):
        raise _invalid(
            f"Schedule expression {schedule} is not valid. Expected cron(minutes hours day month weekday year)"
        )
    for name in crawler.get("Classifiers") or []:
        if classifier(name) is None:
            raise AwsError("EntityNotFoundException", f"Classifier {name} not found.")
    security = crawler.get("CrawlerSecurityConfiguration")
    if security and security_configuration(security) is None:
        raise AwsError("EntityNotFoundException", f"Security configuration {security} not found.")
    if configuration := crawler.get("Configuration"):
        _check_configuration(configuration)


def _check_targets(targets: Record) -> None:
    others = sorted(kind for kind, given in targets.items() if given and kind != "S3Targets")
    if others:
        raise _invalid(f"The local cloud crawls S3 targets only, given: {', '.join(others)}")
    if not targets.get("S3Targets"):
        raise _invalid("Crawler has no targets.")
    for target in targets["S3Targets"]:
        if not re.fullmatch(r"s3://[^/]+(/.*)?", target.get("Path") or ""):
            raise _invalid(f"S3 path {target.get('Path')} is not valid.")
        for pattern in target.get("Exclusions") or []:
            try:
                compiled(pattern)
            except ValueError as error:
                raise _invalid(str(error)) from error


def _check_policies(crawler: Record) -> None:
    behavior = (crawler.get("RecrawlPolicy") or {}).get("RecrawlBehavior", "CRAWL_EVERYTHING")
    if behavior == "CRAWL_EVENT_MODE":
        raise _invalid("The local cloud has no crawls by S3 events.")
    policy = crawler.get("SchemaChangePolicy") or {}
    logged = policy.get("UpdateBehavior") == "LOG" and policy.get("DeleteBehavior") == "LOG"
    if behavior == "CRAWL_NEW_FOLDERS_ONLY" and not logged:
        raise _invalid(
            'The SchemaChangePolicy for "Crawl new folders only" Amazon S3 target can have only LOG DeleteBehavior '
            "value and LOG UpdateBehavior value."
        )


def _check_configuration(text: str) -> None:
    try:
        given = json.loads(text)
    except ValueError as error:
        raise _invalid(f"Configuration is no JSON: {error}") from error
    if not isinstance(given, dict) or given.get("Version") != 1.0:
        raise _invalid('Configuration needs "Version": 1.0')
    _check_members(given, _CONFIGURATION, "Configuration")


def _check_members(given: Record, allowed: Record, path: str) -> None:
    for name, value in given.items():
        expected = allowed.get(name)
        if isinstance(expected, dict) and isinstance(value, dict):
            _check_members(value, expected, f"{path}.{name}")
        elif isinstance(expected, tuple) and value in expected:
            continue
        elif not (expected is int and isinstance(value, int)):
            raise _invalid(f"{path}.{name} has the value {value!r}, which is not supported")


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidInputException", message)
