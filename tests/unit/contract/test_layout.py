"""Where files lie, and the columns of tables."""

from datetime import date

import pytest

from contract.layout import (
    KPI_COLUMNS,
    METRICS,
    PARTITION_KEYS,
    REGISTRY_EVENT_COLUMNS,
    DataLayout,
    DeliveryArtifacts,
    PipelineArtifacts,
    partition,
)


@pytest.mark.parametrize("columns", [KPI_COLUMNS, REGISTRY_EVENT_COLUMNS])
def test_both_tables_have_a_number_for_each_metric_and_no_column_named_like_a_partition(columns: object) -> None:
    assert isinstance(columns, type(KPI_COLUMNS))
    assert {columns[name] for name in METRICS} == {"double"}
    assert not set(PARTITION_KEYS) & set(columns)


def test_files_lie_in_the_partition_of_their_use_case_and_day() -> None:
    layout = DataLayout("abalone")

    assert partition("abalone", "2026-03-02") == "use_case=abalone/dt=2026-03-02"
    assert layout.kpi_output == "use-case=abalone/kpi/use_case=abalone"
    assert (
        layout.registry_event_key(date(2026, 3, 2), "1-2")
        == "use-case=abalone/registry-events/use_case=abalone/dt=2026-03-02/1-2.json"
    )


def test_every_prefix_of_the_data_bucket_is_below_the_use_cases_own() -> None:
    layout = DataLayout("abalone")
    prefixes = [layout.input, layout.kpi, layout.registry_events, layout.query_results]

    assert len(set(prefixes)) == 4
    assert all(prefix.startswith("use-case=abalone/") for prefix in prefixes)
    assert layout.input_uri("lake") == "s3://lake/use-case=abalone/input/"
    assert list(layout.expiring) == ["use-case=abalone/athena-results/"]


def test_artifacts_of_the_ml_pipeline_and_of_the_delivery_pipeline_lie_apart() -> None:
    pipeline, delivery = PipelineArtifacts("abalone-dev"), DeliveryArtifacts("abalone-dev-delivery-pipeline")

    assert (pipeline.executions, pipeline.code) == ("abalone-dev/executions", "abalone-dev/code")
    assert delivery.artifact_keys("Source") == "abalone-dev-delivery*/Source/*"
    assert delivery.artifact_keys("ALongArtifactName") == "abalone-dev-delivery*/ALongArtif/*"
    assert delivery.delivered_source == "abalone-dev-delivery-pipeline/delivered/source.zip"
    assert delivery.previews == "abalone-dev-delivery-pipeline/previews"
    assert delivery.self_updates == "abalone-dev-delivery-pipeline/self-updates"
