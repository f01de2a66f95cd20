"""Glue: the emulator's data catalog behind IAM as AWS has it, and crawlers that really crawl."""
