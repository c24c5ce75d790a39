"""Pictures, films and recordings that a content folder describes and the hub draws."""
