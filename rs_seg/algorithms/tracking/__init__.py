"""Objects that are seen at several dates: which are the same one, and what a proposal is worth."""
