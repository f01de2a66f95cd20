"""Service Quotas: the quotas of new accounts that builds and executions run into."""
