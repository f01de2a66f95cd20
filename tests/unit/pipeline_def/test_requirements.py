from pathlib import Path

FOLDER = Path(__file__).parents[3] / "pipeline_def"


def test_the_lock_pins_what_the_requirements_name():
    requirements = {line for line in (FOLDER / "requirements.txt").read_text().splitlines() if "==" in line}
    locked = {line.removesuffix(" \\") for line in (FOLDER / "requirements.lock").read_text().splitlines()}
    assert requirements
    assert requirements <= locked
