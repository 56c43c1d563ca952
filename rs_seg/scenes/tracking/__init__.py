"""Objects of several dates in tables: read, checked, linked to tracks, held against a reference."""
