"""Tests of content folders: reading, checking, loading, exporting, generating."""
