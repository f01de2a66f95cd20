"""What can go wrong in the demo that is nobody's but the demo's to say."""


class DemoError(Exception):
    """Something did not happen as it should; the message says what."""
