"""Questions as people ask them: checked, never saved."""
