"""What functions leave behind on this machine."""

from pathlib import Path

import pytest

from localcloud.services.lambda_functions import runtime


@pytest.mark.parametrize("was_there", [True, False])
def test_the_folder_of_the_x_ray_sdk_goes_with_the_cloud_that_made_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, was_there: bool
) -> None:
    folder = tmp_path / ".aws-xray"
    folder.mkdir()
    (folder / "initialized").touch()
    monkeypatch.setattr(runtime, "_XRAY_FOLDER", folder)
    monkeypatch.setattr(runtime, "_XRAY_FOLDER_WAS_THERE", was_there)
    runtime.stop()
    assert folder.exists() is was_there
