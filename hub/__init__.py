"""The business of the hub: a folder is a domain, a file is plumbing."""
