"""What is made of films and recordings: facts, a poster, rungs to choose among, sound, captions."""
