"""The foundation of a stack: key, buckets, model registry, and the role that the ML pipeline runs with."""

from components.foundation.encryption_key import EncryptionKey, EncryptionKeyArgs
from components.foundation.execution_role import ExecutionRole, ExecutionRoleArgs
from components.foundation.model_registry import ModelRegistry, ModelRegistryArgs
from components.foundation.storage import Storage, StorageArgs
from components.foundation.workspace import Workspace, create_workspace, pipeline_environment

__all__ = [
    "EncryptionKey",
    "EncryptionKeyArgs",
    "ExecutionRole",
    "ExecutionRoleArgs",
    "ModelRegistry",
    "ModelRegistryArgs",
    "Storage",
    "StorageArgs",
    "Workspace",
    "create_workspace",
    "pipeline_environment",
]
