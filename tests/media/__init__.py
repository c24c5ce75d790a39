"""Tests of how bytes are moved."""
