"""Which ground is trained on, chosen on, tested on: areas, windows in them, what models saw."""
