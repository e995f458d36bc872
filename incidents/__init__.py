"""People, studies, interviews and incidents."""
