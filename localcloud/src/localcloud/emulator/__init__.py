"""The emulator, ministack, which answers for the services that need no code of ours.

Only this package imports it and knows its private names; tests/unit/emulator records which, with their kinds, so that
an upgrade that changes one is noticed at once. Every function looks in the stores of the scope that it is called in:
that of the request being answered, or the one that `identity.scope` opens.

The emulator reads its environment when it is imported: call `environment.configure` before anything imports another
module of this package.
"""
