"""Tools that a fresh clone runs before anything is installed: standard library only."""
