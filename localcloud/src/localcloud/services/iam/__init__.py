"""What the emulator's IAM lacks: changes of OpenID Connect providers, and simulations with boundaries."""
