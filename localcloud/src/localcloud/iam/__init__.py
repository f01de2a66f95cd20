"""IAM for the services of ours and, where it asks too little, for the emulator's: who calls, and what they may do."""
