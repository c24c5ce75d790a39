"""Seats over GraphQL: lots and invitation codes."""
