"""Run an execution of a SageMaker pipeline: steps as processes, data in S3, models in the registry.

`python -m localcloud.runners.executions execution.json` is what the local cloud starts; protocol.py has the file and
the reports that answer it.
"""
