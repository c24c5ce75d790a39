"""Writes of those who keep places."""
