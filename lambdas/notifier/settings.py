"""The function's settings: environment variables that the stack sets."""

from collections.abc import Mapping
from dataclasses import dataclass, fields


class SettingsError(ValueError):
    """Environment variables of the function are missing."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """One field for each environment variable, named after it in lower case."""

    topic_arn: str
    data_bucket: str
    artifact_bucket: str
    kms_key_arn: str
    use_case_id: str
    pipeline_name: str
    model_package_group: str
    crawler_name: str
    kpi_database: str
    delivery_pipeline: str
    environment: str
    idempotency_table: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Read all settings.

        Raises:
            SettingsError: naming every variable that is missing or empty.
        """
        values = {field.name: environ.get(field.name.upper(), "") for field in fields(cls)}
        missing = [name.upper() for name, value in values.items() if not value]
        if missing:
            raise SettingsError(
                f"the function's environment lacks {', '.join(missing)}: the stack's Notifications component sets them"
            )
        return cls(**values)
