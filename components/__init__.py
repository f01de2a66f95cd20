"""The ComponentResources that a stack is composed of, and the plain helpers that they share."""

from components.cicd import Cicd, CicdArgs
from components.foundation import (
    EncryptionKey,
    EncryptionKeyArgs,
    ExecutionRole,
    ExecutionRoleArgs,
    ModelRegistry,
    ModelRegistryArgs,
    Storage,
    StorageArgs,
    Workspace,
    create_workspace,
    pipeline_environment,
)
from components.kpi_visualization import KpiVisualization, KpiVisualizationArgs
from components.notifications import Notifications, NotificationsArgs
from components.providers import create_providers

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
    "create_providers",
    "create_workspace",
    "pipeline_environment",
]
