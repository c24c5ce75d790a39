"""Seats: pools of them, registrations for them, waiting lists; not what they are for."""
