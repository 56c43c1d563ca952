"""What makes a folder fit to hand over."""
