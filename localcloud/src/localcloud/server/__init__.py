"""The server process: one port, behind which every service answers."""
