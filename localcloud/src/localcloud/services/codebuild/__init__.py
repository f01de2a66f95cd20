"""CodeBuild: projects, and builds that run as processes of this machine."""
