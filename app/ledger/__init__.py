"""The tamper-evident book of value, its caps, breaches and exceptions."""
