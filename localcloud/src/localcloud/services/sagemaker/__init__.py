"""The part of SageMaker's API that ML pipelines use: model registry, pipelines and their executions."""
