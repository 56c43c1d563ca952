"""Methods that refine a block: a function each, by the name of the method.

`refining.blocks` says which module has it.
"""
