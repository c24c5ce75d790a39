"""Attendance in GraphQL: seats, registrations, signing up, and what organisers see."""
