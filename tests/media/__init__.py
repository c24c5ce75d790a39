"""Tests of bytes: where they lie, how they come in and go out, what is made of them."""
