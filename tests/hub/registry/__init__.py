"""Registered documents: manifests, the table, what a process knows of it, the commands."""
