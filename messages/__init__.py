"""What the project tells people: the content of a message, and its forms for mail, chat and Markdown.

Used by the notifier and by the jobs of the delivery pipeline. It travels in the notifier's zip, so it imports nothing
but the standard library and the contract.
"""
