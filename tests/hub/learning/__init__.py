"""Tests of hub.learning."""
