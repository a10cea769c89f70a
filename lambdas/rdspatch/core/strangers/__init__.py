"""Strangers: roles that cannot become the one that patches run as, and what of theirs a run must not meet."""
