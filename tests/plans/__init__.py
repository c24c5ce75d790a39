"""What databases do with the statements of lists: by an index, or row by row."""
