"""What the stack's Lambda functions run in, and their packages are built for.

The newest Python of "Lambda runtimes" (AWS Lambda Developer Guide), which `policy/lambda_runtimes.json` records.
"""

from typing import Final

PYTHON_VERSION: Final = "3.14"
RUNTIME: Final = f"python{PYTHON_VERSION}"
ARCHITECTURE: Final = "arm64"
