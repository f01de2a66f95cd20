"""The acceptance run: the whole scenario once in a sandbox account, and which of this project's claims it proves."""
