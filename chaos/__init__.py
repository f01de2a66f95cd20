"""What is tried against the stack on purpose: kills, refused and lost answers, events thrice and out of order."""
