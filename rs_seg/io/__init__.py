"""Files in and out; nothing here decides."""
