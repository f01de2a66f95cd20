"""Where things lie in the data bucket: prefixes without a slash at their ends."""

from collections.abc import Mapping
from dataclasses import dataclass

_QUERY_RESULTS_DAYS = 7


@dataclass(frozen=True)
class DataLayout:
    """The prefixes of one use case; its teams' own CSVs lie in any other folder below `root`."""

    use_case_id: str

    @property
    def root(self) -> str:
        """What all of the use case lies below, and what the crawler looks through."""
        return f"use-case={self.use_case_id}"

    @property
    def input(self) -> str:
        """The pipeline's input data, where the configuration names no other."""
        return f"{self.root}/input"

    @property
    def kpi(self) -> str:
        """What the evaluate step writes: one CSV an execution."""
        return f"{self.root}/kpi"

    @property
    def registry_events(self) -> str:
        """What the notifier writes: one JSON line an event."""
        return f"{self.root}/registry-events"

    @property
    def query_results(self) -> str:
        """What Athena writes: each query's result."""
        return f"{self.root}/athena-results"

    @property
    def expiring(self) -> Mapping[str, int]:
        """Prefixes whose objects may go, with the days after which they do."""
        return {f"{self.query_results}/": _QUERY_RESULTS_DAYS}
