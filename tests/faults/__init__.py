"""Promises that hold while things break: real servers, killed and overrun on purpose."""
