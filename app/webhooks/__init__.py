"""Webhooks: programs elsewhere are told that something happened, signed, and never more than their owner may see."""
