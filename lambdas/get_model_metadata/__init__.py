"""The notifier: one message and one registry event for each change of a model version and each failed execution.

The zip holds `handler.py` and the package `notifier` at its root, beside the pinned requirements.
"""
