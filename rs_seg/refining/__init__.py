"""A refinement applied to a scene, block by block, in one or several threads."""
