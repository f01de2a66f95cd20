"""What each job of the delivery pipeline may do; one table of what the program manages is the source of all."""
