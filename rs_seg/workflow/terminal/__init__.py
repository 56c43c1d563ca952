"""A quiet terminal for a run: a line for each job, and at the end where the results lie."""
