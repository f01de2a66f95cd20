"""The ComponentResources that a stack is composed of, and the plain helpers that they share."""

from components.cicd import Cicd, CicdArgs
from components.encryption import EncryptionKey, EncryptionKeyArgs
from components.execution_role import ExecutionRole, ExecutionRoleArgs
from components.kpi_visualization import KpiVisualization, KpiVisualizationArgs
from components.model_registry import ModelRegistry, ModelRegistryArgs
from components.notifications import Notifications, NotificationsArgs
from components.pipeline_environment import pipeline_environment
from components.storage import Storage, StorageArgs
from components.workspace import Workspace

__all__ = [
    "Cicd",
    "CicdArgs",
    "EncryptionKey",
    "EncryptionKeyArgs",
    "ExecutionRole",
    "ExecutionRoleArgs",
    "KpiVisualization",
    "KpiVisualizationArgs",
    "ModelRegistry",
    "ModelRegistryArgs",
    "Notifications",
    "NotificationsArgs",
    "Storage",
    "StorageArgs",
    "Workspace",
    "pipeline_environment",
]
