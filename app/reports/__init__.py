"""Figures that are counted once and shown everywhere, and the home pages."""
