"""CodeConnections: connections to a git provider, and the repositories that stand for those on GitHub.

One set of connections answers under both names of the service, the present and the former one.
"""
