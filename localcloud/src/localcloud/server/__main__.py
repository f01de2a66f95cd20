"""Entry point of the server process: `python -m localcloud.server STATE_DIRECTORY`."""

import sys
from pathlib import Path

from localcloud.layout import Layout
from localcloud.options import Options
from localcloud.server.server import run

if __name__ == "__main__":
    layout = Layout(Path(sys.argv[1]).absolute())
    sys.exit(run(layout, Options.read(layout)))
