"""AWS Chatbot: Slack and Teams channel configurations."""
