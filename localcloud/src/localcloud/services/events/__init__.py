"""EventBridge for the events of AWS services: matched with the deployed rules and delivered to their targets.

The emulator serves the operations and keeps rules and targets. It refuses sources that begin with `aws.`, as AWS does.
"""
