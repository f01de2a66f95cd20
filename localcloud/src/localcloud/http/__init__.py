"""HTTP requests, and the protocol of every service from botocore's model."""
