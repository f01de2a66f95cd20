"""IAM Access Analyzer, as far as it validates policies."""
