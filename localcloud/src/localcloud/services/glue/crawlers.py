"""Crawlers: their definitions, states, schedules and history.

Source: Glue API reference, "Crawlers and classifiers API" and "Crawler scheduler API". Schedules are kept and checked;
no crawl starts by itself here.
"""

import copy
from datetime import UTC, datetime
from typing import Any

from localcloud.emulator.catalog import classifier, security_configuration, set_tags, tags
from localcloud.http.errors import AwsError
from localcloud.http.paging import page
from localcloud.http.service import Call, Handler
from localcloud.services.glue import validation
from localcloud.services.glue.access import arn
from localcloud.services.glue.crawl.run import Memory
from localcloud.services.glue.runs import Runs

Record = dict[str, Any]
_MEMBERS = (
    "Role",
    "DatabaseName",
    "Description",
    "Targets",
    "Classifiers",
    "TablePrefix",
    "SchemaChangePolicy",
    "RecrawlPolicy",
    "LineageConfiguration",
    "LakeFormationConfiguration",
    "Configuration",
    "CrawlerSecurityConfiguration",
)
_DEFAULTS: Record = {
    "Classifiers": [],
    "SchemaChangePolicy": {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"},
    "RecrawlPolicy": {"RecrawlBehavior": "CRAWL_EVERYTHING"},
    "LineageConfiguration": {"CrawlerLineageSettings": "DISABLE"},
}


class Crawlers:
    """The account's crawlers by name."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._records: dict[str, Record] = {}

    def handlers(self) -> dict[str, Handler]:
        """The operations on crawlers."""
        return {
            "CreateCrawler": self.create,
            "GetCrawler": lambda call: {"Crawler": self._seen(self._named(call.input["Name"]))},
            "GetCrawlers": lambda call: page(call, [self._seen(each) for each in self._records.values()], "Crawlers"),
            "BatchGetCrawlers": self.batch_get,
            "ListCrawlers": self.list,
            "UpdateCrawler": self.update,
            "DeleteCrawler": self.delete,
            "StartCrawler": self.start,
            "StopCrawler": self.stop,
            "ListCrawls": self.crawls,
            "GetCrawlerMetrics": self.metrics,
            "UpdateCrawlerSchedule": self.reschedule,
            "StartCrawlerSchedule": lambda call: self._schedule(call, "SCHEDULED", "SchedulerRunningException"),
            "StopCrawlerSchedule": lambda call: self._schedule(call, "NOT_SCHEDULED", "SchedulerNotRunningException"),
        }

    def create(self, call: Call) -> Record:
        """CreateCrawler."""
        name = call.input["Name"]
        if name in self._records:
            raise AwsError("AlreadyExistsException", f"Crawler {name} already exists")
        given = {**_DEFAULTS, **{member: call.input[member] for member in _MEMBERS if call.get(member) is not None}}
        validation.check({**given, "Schedule": call.get("Schedule")})
        self._runs.check_role(given["Role"], name, call.caller.region)
        now = datetime.now(UTC)
        record = {"Name": name, **copy.deepcopy(given), "State": "READY", "CrawlElapsedTime": 0, "Version": 1}
        self._records[name] = {**record, "CreationTime": now, "LastUpdated": now, "Schedule": _schedule(call)}
        set_tags(arn(call.caller.region, f"crawler/{name}"), call.get("Tags", {}))
        return {}

    def update(self, call: Call) -> Record:
        """UpdateCrawler: members that are not given stay as they are."""
        record = self._idle(call.input["Name"])
        given = {member: call.input[member] for member in _MEMBERS if call.get(member) is not None}
        schedule = call.get("Schedule", record["Schedule"].get("ScheduleExpression"))
        changed = {**record, **copy.deepcopy(given)}
        validation.check({**changed, "Schedule": schedule})
        self._runs.check_role(changed["Role"], record["Name"], call.caller.region)
        if changed["Targets"] != record["Targets"]:
            # Other targets are crawled from the beginning.
            self._runs.memory[record["Name"]] = Memory()
        record.update(given, LastUpdated=datetime.now(UTC), Version=record["Version"] + 1)
        if call.get("Schedule") is not None:
            record["Schedule"] = _schedule(call)
        return {}

    def delete(self, call: Call) -> Record:
        """DeleteCrawler."""
        name = self._idle(call.input["Name"])["Name"]
        del self._records[name]
        self._runs.forget(name)
        set_tags(arn(call.caller.region, f"crawler/{name}"), {})
        return {}

    def start(self, call: Call) -> Record:
        """StartCrawler: returns at once."""
        record = self._idle(call.input["Name"])
        classifiers = [each for name in record.get("Classifiers") or [] if (each := classifier(name))]
        security = security_configuration(record.get("CrawlerSecurityConfiguration") or "")
        self._runs.start(record, copy.deepcopy(classifiers), copy.deepcopy(security), call.caller.region)
        return {}

    def stop(self, call: Call) -> Record:
        """StopCrawler."""
        record = self._named(call.input["Name"])
        if record["State"] == "STOPPING":
            raise AwsError("CrawlerStoppingException", f"Crawler {record['Name']} is stopping already")
        if record["State"] != "RUNNING":
            raise AwsError("CrawlerNotRunningException", f"Crawler {record['Name']} is not running")
        self._runs.stop(record)
        return {}

    def batch_get(self, call: Call) -> Record:
        """BatchGetCrawlers."""
        names = call.input["CrawlerNames"]
        return {
            "Crawlers": [self._seen(self._records[name]) for name in names if name in self._records],
            "CrawlersNotFound": [name for name in names if name not in self._records],
        }

    def list(self, call: Call) -> Record:
        """ListCrawlers: names, by tags if given."""
        wanted = call.get("Tags", {}).items()
        region = call.caller.region
        names = [name for name in self._records if wanted <= tags(arn(region, f"crawler/{name}")).items()]
        return page(call, list[Any](names), "CrawlerNames")

    def crawls(self, call: Call) -> Record:
        """ListCrawls: the history, newest first; filters are not supported."""
        if call.get("Filters"):
            raise AwsError("InvalidInputException", "The local cloud does not filter crawls.")
        name = self._named(call.input["CrawlerName"])["Name"]
        return page(call, [dict(crawl) for crawl in reversed(self._runs.history(name))], "Crawls", default_size=20)

    def metrics(self, call: Call) -> Record:
        """GetCrawlerMetrics."""
        names = call.get("CrawlerNameList") or list(self._records)
        found = [self._runs.metrics(name) for name in names if name in self._records]
        return page(call, found, "CrawlerMetricsList")

    def reschedule(self, call: Call) -> Record:
        """UpdateCrawlerSchedule."""
        record = self._named(call.input["CrawlerName"])
        validation.check({**record, "Schedule": call.get("Schedule")})
        record["Schedule"] = _schedule(call)
        return {}

    def _schedule(self, call: Call, state: str, already: str) -> Record:
        record = self._named(call.input["CrawlerName"])
        if not record["Schedule"].get("ScheduleExpression"):
            raise AwsError("NoScheduleException", f"Crawler {record['Name']} has no schedule")
        if record["Schedule"]["State"] == state:
            raise AwsError(already, f"The schedule of crawler {record['Name']} is in state {state} already")
        record["Schedule"]["State"] = state
        return {}

    def _named(self, name: str) -> Record:
        if name not in self._records:
            raise AwsError("EntityNotFoundException", f"Crawler with name {name} does not exist")
        return self._records[name]

    def _idle(self, name: str) -> Record:
        record = self._named(name)
        if record["State"] != "READY":
            raise AwsError("CrawlerRunningException", f"Crawler with name {name} has already started")
        return record

    @staticmethod
    def _seen(record: Record) -> Record:
        return copy.deepcopy(record)


def _schedule(call: Call) -> Record:
    expression = call.get("Schedule")
    return {"ScheduleExpression": expression, "State": "SCHEDULED"} if expression else {}
