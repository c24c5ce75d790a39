"""Editing over the endpoint."""
