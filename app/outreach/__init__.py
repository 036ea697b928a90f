"""Touches, asks, the contact guard over all departments, and letters."""
