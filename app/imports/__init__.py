"""Files in: dry run, run, receipt, undo."""
