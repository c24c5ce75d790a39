"""Whom the union honours, and for what."""
