"""The policy pack: rules that a preview of the stack has to keep, whatever a commit changes."""
