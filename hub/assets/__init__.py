"""Assets: files that people hand in, and who may do what with them."""
