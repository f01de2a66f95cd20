"""How a cloud is started; the starter writes it to a file that the server reads."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Self

from localcloud.layout import ACCOUNT, DEFAULT_REGION, Layout, read_json, write_json


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of one cloud.

    Attributes:
        account: the id of the one account, 12 digits; by default the environment's LOCALCLOUD_ACCOUNT.
        region: the default region.
        port: the loopback port; 0 takes a free one.
        attached: whether the server stops when its standard input ends, so that it never outlives who started it.
        runner: the command that runs a SageMaker pipeline execution; by default `localcloud.runners.executions`.
        build_environment: further variables of every build, for instance where its tools find their caches.
        pulumi: the Pulumi CLI; by default the first on PATH.
        lambda_retry_seconds: how long Lambda waits before it tries a failed asynchronous invocation again, and half of
            how long before the next attempt; AWS waits a minute, then two.
    """

    account: str = ACCOUNT
    region: str = DEFAULT_REGION
    port: int = 0
    attached: bool = False
    runner: str = ""
    build_environment: Mapping[str, str] = field(default_factory=dict[str, str])
    pulumi: str = ""
    lambda_retry_seconds: float = 0.2

    def __post_init__(self) -> None:
        if not re.fullmatch(r"\d{12}", self.account):
            raise ValueError(f"account has to be 12 digits, not {self.account!r}")

    def write(self, layout: Layout) -> None:
        """Write the options to the state directory."""
        write_json(layout.options, asdict(self))

    @classmethod
    def read(cls, layout: Layout) -> Self:
        """Read the options of the state directory."""
        return cls(**read_json(layout.options))
