"""What the roles of a stack and the people around it may do, as plain data that needs no running Pulumi program.

`managed` is the one table of what the stack manages; `policies` renders the deployment's policies from it, `boundary`
the permissions boundary, and `people` the policies of those who work with a stack.
"""
