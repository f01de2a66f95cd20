"""What can go wrong in the demo; every other error of it is one of these."""


class DemoError(Exception):
    """Something did not happen as it should; the message says what."""
