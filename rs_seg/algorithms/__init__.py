"""Methods on arrays and geometries; nothing here opens a file."""
