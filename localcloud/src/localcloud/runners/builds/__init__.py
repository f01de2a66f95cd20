"""What stands for CodeBuild's container: takes a build's source through its buildspec to its artifacts.

Runs as a process of its own with the credentials of the project's role:
`python -m localcloud.runners.builds build.json`.
"""
