"""Which ground is trained, chosen and tested on: areas of the split, windows, what models saw."""
