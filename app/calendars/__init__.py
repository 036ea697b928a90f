"""Calendar feeds and downloads."""
