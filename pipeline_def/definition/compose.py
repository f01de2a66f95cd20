"""The ML pipeline's table of contents: preprocess, train, evaluate, then register or fail."""

from collections.abc import Mapping

from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.mlops.workflow.pipeline import Pipeline

from pipeline_def.code import CodeBundle
from pipeline_def.definition.context import Context
from pipeline_def.definition.decision import decide_step
from pipeline_def.definition.parameters import parameters
from pipeline_def.definition.processing import evaluate_step, preprocess_step
from pipeline_def.definition.training import train_step
from pipeline_def.environment import PipelineEnvironment


def compose(environment: PipelineEnvironment, bundles: Mapping[str, CodeBundle], session: PipelineSession) -> Pipeline:
    """Return the ML pipeline, without SageMaker Experiments: they need more permissions and add nothing to KPI rows."""
    context = Context(
        environment=environment, parameters=parameters(environment), bundles=dict(bundles), session=session
    )
    preprocess = preprocess_step(context)
    train = train_step(context, preprocess)
    evaluate = evaluate_step(context, preprocess, train)
    return Pipeline(
        name=environment.pipeline_name,
        parameters=context.parameters.all(),
        steps=[preprocess, train, evaluate, decide_step(context, preprocess, train, evaluate)],
        pipeline_experiment_config=None,
        sagemaker_session=session,
    )
