"""The local cloud's server: one process, one loopback port, every service the project uses."""
