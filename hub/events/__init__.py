"""What the union invites to: festivals, shows, job fairs with their openings."""
