"""The ground floor: everything a room builds on that knows no business word."""
