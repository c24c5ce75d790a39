"""Films, recordings and captions."""
