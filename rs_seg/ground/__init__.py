"""Which ground is trained on, chosen on, tested on: areas of the split, windows in them, what models saw."""
