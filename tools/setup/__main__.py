"""Entry point; runs on any Python 3, so that a too old one gets a clear message instead of a SyntaxError."""

import sys

from tools.setup.interpreter import use_supported_interpreter

if __name__ == "__main__":
    use_supported_interpreter(sys.argv[1:])
    from tools.setup.main import main

    sys.exit(main())
