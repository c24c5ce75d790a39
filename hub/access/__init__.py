"""Access: who holds which role for what, and the keys of services."""
