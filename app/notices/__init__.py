"""What a user must know or do."""
