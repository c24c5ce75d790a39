"""Tests of hub.competitions."""
