"""Programs that run what AWS runs in containers."""
