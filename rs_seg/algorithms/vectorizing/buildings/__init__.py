"""Objects that touch taken apart, and outlines of buildings made regular."""
