"""What the files of a scene are and say: sources, headers, masks, footprints, consistency."""
