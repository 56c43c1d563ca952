"""Training: windows of an epoch (`plan`), the task (`task`), its state (`history`), the `loop`."""
