"""Editing in GraphQL: inputs made from the file models, revisions, publication, previews."""
