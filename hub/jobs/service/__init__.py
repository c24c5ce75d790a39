"""Writes of background work: the outbox, the tasks it names, the runner, jobs and their files."""
