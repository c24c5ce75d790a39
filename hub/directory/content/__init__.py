"""The files of the directory in a content folder."""
