"""Tests of membership: profiles, confirmation, whom seats suit."""
