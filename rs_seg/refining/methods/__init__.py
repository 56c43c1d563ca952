"""What refines a block: a function for each method, by its name, in the module that `refining.blocks` says."""
