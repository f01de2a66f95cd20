"""How a cloud is started."""

from pathlib import Path

import pytest

from localcloud.layout import Layout
from localcloud.options import Options


def test_options_are_read_as_they_were_written(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    options = Options(account="210987654321", region="eu-central-1", port=4566, build_environment={"A": "b"})
    options.write(layout)
    assert Options.read(layout) == options


@pytest.mark.parametrize("account", ["", "12345678901", "1234567890123", "12345678901a"])
def test_an_account_has_twelve_digits(account: str) -> None:
    with pytest.raises(ValueError, match="12 digits"):
        Options(account=account)
