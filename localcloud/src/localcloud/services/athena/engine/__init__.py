"""The query engine: from a statement to rows, with the partitions it needs and the bytes it read."""
