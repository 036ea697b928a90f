"""The person's own door: by personal link, without an account."""
