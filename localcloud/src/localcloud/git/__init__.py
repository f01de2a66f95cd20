"""Git repositories, and who hosts them."""
