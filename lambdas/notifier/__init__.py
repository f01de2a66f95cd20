"""The notifier: one message for each change of a model version, failure, and approval that waits.

`handler` is Lambda's entry point, `app` the logic, and `changes` has one module for each kind of change; `sagemaker`,
`codepipeline`, `metrics` and `registry_event` reach AWS. What is about model versions and executions of their ML
pipeline also leaves a registry event in the data bucket.
"""
