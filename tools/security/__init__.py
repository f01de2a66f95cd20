"""What tools of others say of the stack, compared with what is explained: `make security`.

`program` runs the program without an account, `stacks` has what it registered in the forms that the tools read
(`terraform` is one of them, tools/cloudformation another), `scanners` runs the tools, which `installed` gets from lock
files, and `findings` compares what they say with `explanations`.
"""
