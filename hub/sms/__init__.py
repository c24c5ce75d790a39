"""Messages to phones: one protocol, and those who carry them."""
