"""Public data sets as they are distributed: one reader over tables of facts (config/datasets)."""
