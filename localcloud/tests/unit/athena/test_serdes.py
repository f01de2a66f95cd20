"""What the lines of an object mean to a SerDe."""

import pytest

from localcloud.services.athena.engine.serdes import Row, serde

OPEN_CSV = serde("org.apache.hadoop.hive.serde2.OpenCSVSerde")
COLUMNS = (("id", "string"), ("text", "string"), ("last", "string"))


def rows(text: str, **properties: str) -> list[Row]:
    return list(OPEN_CSV.rows(text, COLUMNS, properties))


def test_open_csv_reads_quoted_fields() -> None:
    assert rows('1,"a, b",c\n2,"say ""hi""",\n') == [["1", "a, b", "c"], ["2", 'say "hi"', ""]]


def test_open_csv_takes_every_line_for_a_row_also_within_quotes() -> None:
    # The field that is not closed is lost with what follows it, and the rest of it begins a row of its own.
    assert rows('1,"first\nsecond",x\n2,whole,y\n') == [
        ["1", None, None],
        [None, None, None],
        ["2", "whole", "y"],
    ]
    assert rows('1,"first\nmiddle, of it\nlast",x\n')[1] == ["middle", " of it", None]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (r'1,"a \" b",c', ["1", 'a " b', "c"]),
        (r"1,a\b,c", ["1", "ab", "c"]),
        (r"1,a\\b,c", ["1", r"a\b", "c"]),
        ('1,a b"c"d,e', ["1", 'a b"c"d', "e"]),
        ('1,"a"', ["1", "a", None]),
        ("1,a,b,c", ["1", "a", "b"]),
        ("", ["", None, None]),
    ],
)
def test_open_csv_reads_a_line_as_opencsv_does(line: str, expected: Row) -> None:
    assert rows(f"{line}\n") == [expected]


def test_open_csv_takes_its_characters_from_the_properties() -> None:
    assert rows("1|'a|b'|c\n", separatorChar="|", quoteChar="'") == [["1", "a|b", "c"]]
