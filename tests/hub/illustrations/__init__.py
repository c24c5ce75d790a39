"""Pictures and films that content folders describe."""
