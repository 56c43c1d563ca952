"""The part of deliver that makes a map for a browser, of pictures and scripts in a folder."""
