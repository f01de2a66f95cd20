"""Lambda where the emulator is laxer than AWS: what a function can import, and who sends its failures on.

The emulator serves the operations and runs the functions.
"""
