"""Builders of test data: the fewest facts a test needs, in a committed transaction."""
