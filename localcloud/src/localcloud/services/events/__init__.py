"""EventBridge for the events of AWS services: the emulator refuses a source that begins with `aws.`, as AWS does."""
