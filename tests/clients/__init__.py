"""Clients of front ends, run against a real server."""
