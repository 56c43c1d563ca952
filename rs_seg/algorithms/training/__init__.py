"""Training: which windows an epoch sees (`plan`), the task (`task`), its memory (`history`), the loop (`loop`)."""
