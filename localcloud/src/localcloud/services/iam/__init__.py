"""Operations that the emulator's IAM lacks."""
