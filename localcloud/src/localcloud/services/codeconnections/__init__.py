"""Connections to GitHub."""
