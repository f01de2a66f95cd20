"""Lambda where the emulator is laxer than AWS: what a function can import, and who sends its failures on."""
