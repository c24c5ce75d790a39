"""Who comes: signing up for courses, events and competitions, and everything until one is there."""
