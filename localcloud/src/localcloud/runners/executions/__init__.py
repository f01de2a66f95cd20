"""Runs an execution of an upserted SageMaker pipeline: steps as processes, data in S3, models in the registry.

`python -m localcloud.runners.executions execution.json` is what the local cloud starts: execution.py has the file,
report.py the answer.
"""
