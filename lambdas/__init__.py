"""Lambda functions of the stack: one directory each, and the packaging that turns a directory into a zip."""
