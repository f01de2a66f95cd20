"""The deployed stack as a CloudFormation template, for tools that read nothing else: `python -m tools.cloudformation`.

`resources` reads what the engine registered, `table` says which of CloudFormation's properties each input is, and
`template` puts the two together, with the names and shapes of `schema`: CloudFormation's own, as cfn-lint ships them.
The template is for linters to read. It can't be deployed: it names what exists instead of referring to it.
"""
