"""Exclude patterns of crawlers mean what the Glue developer guide says."""

import pytest

from localcloud.services.glue.crawl.targets import glob, is_excluded


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("*.csv", ["a.csv", ".csv"], ["a.txt", "folder/a.csv"]),
        ("*.*", ["a.b"], ["ab", "folder/a.b"]),
        ("*.{csv,avro}", ["a.csv", "a.avro"], ["a.orc"]),
        ("foo.?", ["foo.a"], ["foo.", "foo.ab", "foo./"]),
        ("myfolder/*", ["myfolder/a"], ["myfolder/a/b", "myfolder"]),
        ("myfolder/*/*", ["myfolder/a/b"], ["myfolder/a", "myfolder/a/b/c"]),
        ("myfolder/**", ["myfolder/a", "myfolder/a/b/c"], ["other/a", "myfolder"]),
        ("myfolder**", ["myfolder", "myfolder2/a"], ["x/myfolder"]),
        ("Market*", ["Market1"], ["market1", "Market/a"]),
        ("**.{png,json}", ["a.png", "x/y/z.json"], ["x/y.csv"]),
        ("[a-c]x", ["ax", "cx"], ["dx"]),
        ("[!a-c]x", ["dx"], ["ax", "/x"]),
        ("[*?]x", ["*x", "?x"], ["ax"]),
        (r"\*x", ["*x"], ["ax"]),
        ("dt=2024-0[1-3]/**", ["dt=2024-02/a.csv"], ["dt=2024-04/a.csv"]),
        ("a.b+c", ["a.b+c"], ["aXb+c", "a.bbc"]),
    ],
)
def test_a_pattern_is_compared_with_the_whole_path_below_the_target(
    pattern: str, matching: list[str], others: list[str]
) -> None:
    assert [path for path in [*matching, *others] if is_excluded(path, [pattern])] == matching


@pytest.mark.parametrize("pattern", ["a{b", "a{b{c}}", "[abc", "a\\"])
def test_a_pattern_that_is_not_closed_is_an_error(pattern: str) -> None:
    with pytest.raises(ValueError, match="is not valid"):
        glob(pattern)
