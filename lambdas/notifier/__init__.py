"""The notifier: one message for each change of a model version, failure, and approval that waits.

What is about model versions and executions of their pipeline also leaves a registry event. The zip holds `handler.py`
and the package `notifier` at its root, beside the pinned requirements.
"""
