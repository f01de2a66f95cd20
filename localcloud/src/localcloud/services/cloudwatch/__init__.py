"""CloudWatch's watching: metrics that other services publish, the states of alarms, and what alarms do.

The emulator serves the operations and keeps metrics and alarms.
"""
