"""Tests of hub.directory."""
