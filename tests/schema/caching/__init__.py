"""The response cache, over HTTP."""
