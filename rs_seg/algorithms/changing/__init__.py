"""Change between two dates: transitions of classes, and shifts of images."""
