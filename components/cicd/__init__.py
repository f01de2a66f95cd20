"""CI/CD: the delivery pipeline, which deploys this program, changes itself, and upserts the ML pipeline."""

from components.cicd.component import Cicd, CicdArgs

__all__ = ["Cicd", "CicdArgs"]
