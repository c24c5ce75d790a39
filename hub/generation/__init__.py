"""A made-up city, large enough to measure with: the same one every time."""
