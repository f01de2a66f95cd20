"""Which folders a crawl takes for tables and which for partitions."""

from localcloud.services.glue.crawl.grouping import Draft, Policy, group
from localcloud.services.glue.crawl.schema import Schema

A = Schema("csv", (("a", "bigint"), ("b", "string")), "serde")
Z = Schema("csv", (("x", "bigint"), ("y", "string"), ("z", "double")), "serde")
JSON = Schema("json", (("a", "bigint"),), "other serde")


def tables(files: dict[str, Schema], **more: object) -> dict[str, Draft]:
    return {draft.prefix: draft for draft in group("root/", {f"root/{key}": s for key, s in files.items()}, **more)}  # pyright: ignore[reportArgumentType]


def test_named_folders_are_partitions() -> None:
    drafts = tables({"team/dt=1/a.csv": A, "team/dt=2/a.csv": A})
    assert list(drafts) == ["root/team/"]
    assert drafts["root/team/"].keys == ("dt",)
    assert [part.values for part in drafts["root/team/"].parts] == [("1",), ("2",)]


def test_folders_without_names_are_partitions_by_number() -> None:
    drafts = tables({"2024/01/a.csv": A, "2024/02/a.csv": A, "2025/01/a.csv": A})
    assert drafts["root/"].keys == ("partition_0", "partition_1")


def test_different_schemas_are_different_tables() -> None:
    assert list(tables({"one/a.csv": A, "two/z.csv": Z, "three/e.json": JSON})) == [
        "root/one/",
        "root/three/",
        "root/two/",
    ]


def test_a_single_folder_is_the_table() -> None:
    assert list(tables({"one/two/a.csv": A})) == ["root/one/two/"]
    assert list(tables({"a.csv": A})) == ["root/"]


def test_different_files_side_by_side_are_tables_of_their_own() -> None:
    assert list(tables({"one/a.csv": A, "one/z.csv": Z})) == ["root/one/a.csv", "root/one/z.csv"]


def test_a_known_table_keeps_its_place_when_only_one_folder_is_new() -> None:
    assert list(tables({"team/part/a.csv": A}, known=["root/team/"])) == ["root/team/"]
    assert list(tables({"team/dt=3/a.csv": A, "new/a.csv": A}, known=["root/team/"])) == ["root/new/", "root/team/"]


def test_a_table_level_wins_over_similarity() -> None:
    files = {"one/dt=1/a.csv": A, "two/dt=1/a.csv": A}
    assert list(tables(files)) == ["root/"]
    assert list(tables(files, policy=Policy(level=3))) == ["root/one/", "root/two/"]


def test_compatible_schemas_are_combined_when_the_policy_says_so() -> None:
    files = {"dt=1/a.csv": A, "dt=2/z.csv": Z}
    assert len(tables(files)) == 2
    assert list(tables(files, policy=Policy(combine=True))) == ["root/"]
