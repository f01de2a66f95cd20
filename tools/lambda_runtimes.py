"""Write policy/lambda_runtimes.json from what cfn-lint ships: the day on which AWS ends the support of each runtime.

Run by `make runtimes`. cfn-lint is AWS's; the delivery's jobs, which run the policy pack, don't install it.
"""

import json
from importlib import resources
from pathlib import Path
from typing import Final

OUTPUT: Final = Path(__file__).resolve().parents[1] / "policy" / "lambda_runtimes.json"


def render() -> str:
    """Return the file's content: runtime names to ISO dates."""
    file = resources.files("cfnlint.data.AdditionalSpecs") / "LmbdRuntimeLifecycle.json"
    cycles: dict[str, dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    return json.dumps({name: cycle["deprecated"] for name, cycle in sorted(cycles.items())}, indent=1) + "\n"


if __name__ == "__main__":
    OUTPUT.write_text(render(), encoding="utf-8")
