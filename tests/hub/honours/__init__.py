"""Tests of hub.honours."""
