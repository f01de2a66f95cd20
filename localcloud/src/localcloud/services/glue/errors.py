"""Glue's errors."""

from localcloud.http.errors import AwsError


def invalid(message: str) -> AwsError:
    """Return the error for input that Glue refuses."""
    return AwsError("InvalidInputException", message)


def not_found(what: str) -> AwsError:
    """Return the error for what does not exist, e.g. `Table x`."""
    return AwsError("EntityNotFoundException", f"{what} not found.")


def no_crawler(name: str) -> AwsError:
    """Return the error for a crawler that does not exist."""
    return AwsError("EntityNotFoundException", f"Crawler with name {name} does not exist")


def no_partition() -> AwsError:
    """Return the error for a partition that does not exist."""
    return AwsError("EntityNotFoundException", "Cannot find partition.")


def crawler_exists(name: str) -> AwsError:
    """Return the error for a name that another crawler has."""
    return AwsError("AlreadyExistsException", f"Crawler {name} already exists")


def crawler_running(name: str) -> AwsError:
    """Return the error for a change of a crawler while it runs."""
    return AwsError("CrawlerRunningException", f"Crawler with name {name} has already started")


def crawler_not_running(name: str) -> AwsError:
    """Return the error for a crawler that cannot be stopped, since it does not run."""
    return AwsError("CrawlerNotRunningException", f"Crawler {name} is not running")


def crawler_stopping(name: str) -> AwsError:
    """Return the error for a crawler that is stopping already."""
    return AwsError("CrawlerStoppingException", f"Crawler {name} is stopping already")


def no_schedule(name: str) -> AwsError:
    """Return the error for a schedule that is to be started or stopped where there is none."""
    return AwsError("NoScheduleException", f"Crawler {name} has no schedule")


def schedule_running(name: str) -> AwsError:
    """Return the error for a schedule that is started already."""
    return AwsError("SchedulerRunningException", f"The schedule of crawler {name} is in state SCHEDULED already")


def schedule_not_running(name: str) -> AwsError:
    """Return the error for a schedule that is stopped already."""
    return AwsError("SchedulerNotRunningException", f"The schedule of crawler {name} is in state NOT_SCHEDULED already")


def role_not_assumable() -> AwsError:
    """Return the error for a role that Glue cannot assume."""
    return invalid("Service is unable to assume provided role. Please verify role's TrustPolicy")
