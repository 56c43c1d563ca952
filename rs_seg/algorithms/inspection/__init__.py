"""What is looked at before any work."""
