"""Writes of editing: drafts, publication, review, previews."""
