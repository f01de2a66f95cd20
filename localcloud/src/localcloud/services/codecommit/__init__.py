"""CodeCommit: git repositories on disk behind its API, pull requests and their comments."""
