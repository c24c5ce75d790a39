"""Writes of those who compete, of those who judge and of those who hold competitions."""
