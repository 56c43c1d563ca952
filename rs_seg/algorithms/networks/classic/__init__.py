"""Networks of the textbook that no library has, as they were published.

For any number of bands and classes.
"""
