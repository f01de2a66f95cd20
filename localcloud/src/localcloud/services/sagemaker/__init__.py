"""The part of SageMaker's API that the project uses: model registry, pipelines and their executions."""
