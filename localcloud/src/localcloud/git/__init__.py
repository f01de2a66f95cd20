"""Git repositories on disk, and the providers that host them."""
