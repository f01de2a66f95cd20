"""Compose the ML pipeline's definition with the SageMaker SDK; `build` is all that the rest of the package needs."""

from pipeline_def.definition.build import DefinitionError, PipelineDefinition, build, sha256

__all__ = ["DefinitionError", "PipelineDefinition", "build", "sha256"]
