"""How functions run, and where failed invocations go."""
