"""Files of incidents as people bring them: reading, guessing, planning. Nothing here writes."""
