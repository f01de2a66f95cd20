"""Tools around the program. The set-up runs before anything is installed: standard library only."""
