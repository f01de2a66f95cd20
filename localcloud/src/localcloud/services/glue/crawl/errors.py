"""Why a crawl ends early."""

import re
from typing import Any

from localcloud.http.client_errors import DENIALS, denial_text, error_code

_WHO = re.compile(r"User: \S+ is not authorized")


class CrawlFailed(Exception):  # noqa: N818 (a state of a crawl)
    """The crawl fails; the text is LastCrawl's ErrorMessage."""


class CrawlStopped(Exception):  # noqa: N818 (a state of a crawl)
    """Somebody stopped the crawl."""


def failed(error: Any, resource: str | None = None) -> CrawlFailed:
    """The failure for a botocore ClientError; Glue names itself in denials, not the role's session."""
    text = denial_text(error, resource)
    if error_code(error) in DENIALS:
        text = _WHO.sub("Service Principal: glue.amazonaws.com is not authorized", text)
        return CrawlFailed(f"{text} (Error Code: {error_code(error)})")
    return CrawlFailed(f"{error_code(error)}: {text}")
