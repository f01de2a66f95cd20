"""SNS's deliveries by e-mail: the emulator serves the operations and drops the mails, which are kept here."""
