"""CI/CD: the pipeline that deploys this program, changes itself, and upserts the SageMaker pipeline."""

from components.cicd.component import Cicd, CicdArgs

__all__ = ["Cicd", "CicdArgs"]
