"""AWS Chatbot (Amazon Q Developer in chat applications): Slack and Teams channel configurations and their tags.

Every Slack workspace and Teams team counts as authorized; on AWS an administrator authorizes it once in the console.
"""
