"""The build and operations files: Makefile, image, locks, deployment guide."""
