"""Tests of hub.events."""
