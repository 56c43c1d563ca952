"""Objects found in imagery: which candidates stay, what shape they have, and how good they are."""
