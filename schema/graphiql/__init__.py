"""GraphiQL for browsers, served by the hub itself: it has to work on a closed network."""
