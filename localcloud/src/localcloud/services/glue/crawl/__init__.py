"""One crawl: from objects below S3 targets to tables and partitions in the catalog."""
