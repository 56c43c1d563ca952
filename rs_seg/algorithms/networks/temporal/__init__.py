"""Networks for several dates of one source: any number of dates, some of them missing.

They take the bands of an image as they lie in it, with the day of every date.
"""
