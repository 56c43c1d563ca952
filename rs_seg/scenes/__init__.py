"""What a scene's files are and say: sources, headers, masks, footprints, checks that they belong together."""
