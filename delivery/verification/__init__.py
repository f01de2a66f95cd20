"""Whether a deployed stack works: checks of its parts, of what its roles may do, and of who may use its resources."""
