"""The house rules, held over the whole tree."""
