"""Those who keep a place: what they change by themselves, whom they let in, how they join."""
