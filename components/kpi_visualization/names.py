"""Names that IAM policies need before the resources exist."""

from dataclasses import dataclass

from components.deployment import Deployment


@dataclass(frozen=True)
class Names:
    """Physical names of what one stack's KPI visualisation is made of."""

    deployment: Deployment

    @property
    def database(self) -> str:
        """The Glue database; Athena takes a name without quotes only where it has no hyphen."""
        return self.workgroup.replace("-", "_")

    @property
    def workgroup(self) -> str:
        """The Athena workgroup, which allows 128 characters."""
        return self.deployment.name("kpis", 128)

    @property
    def crawler(self) -> str:
        """The crawler."""
        return self.deployment.name("kpis", 255)

    @property
    def crawler_role(self) -> str:
        """The crawler's role; its log group is named after it."""
        return self.deployment.name("kpis-crawler")

    @property
    def security_configuration(self) -> str:
        """The crawler's security configuration; its log group is named after it too."""
        return self.deployment.name("kpis", 255)

    @property
    def crawler_log_group(self) -> str:
        """What Glue calls the log group of a crawler with a security configuration.

        Source: "Encrypting data written by crawlers, jobs, and development endpoints" (AWS Glue Developer Guide).
        """
        return f"/aws-glue/crawlers-role/{self.crawler_role}-{self.security_configuration}"

    @property
    def crawled_tables(self) -> str:
        """What the names of the tables that the crawler keeps begin with."""
        return "csv_"
