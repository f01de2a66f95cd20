"""CodePipeline: pipelines as they are deployed, and an executor that runs them with the roles they name."""
