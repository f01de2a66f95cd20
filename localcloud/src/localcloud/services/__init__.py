"""The AWS services that the cloud serves itself; all others are the emulator's."""
