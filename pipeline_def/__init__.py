"""The ML pipeline of the use case: its definition, the scripts of its steps, and the command that upserts it."""
