"""What CodeBuild runs to deliver this program: `python -m delivery.<job>`, one module per job."""
