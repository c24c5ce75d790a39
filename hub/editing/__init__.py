"""Editing: revisions of every kind of content, and their way to the public."""
