"""Moves bytes: uploads, storage, streaming. It knows no business."""
