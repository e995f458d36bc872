"""How quick Candid is: the same question to Candid and to the bare database, side by side."""
