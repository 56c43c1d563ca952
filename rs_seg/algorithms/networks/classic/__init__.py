"""Networks of the textbook that no library has, as they were published, for any number of bands and classes."""
