"""Membership: who the workers are, by their word and the union's, and whom seats suit."""
