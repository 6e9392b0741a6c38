"""Batches: what one import, paste or bulk edit wrote, the rows as they were before, and taking it back."""
