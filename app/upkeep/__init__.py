"""Running the house: backups and putting them back, whether it is well, and what a monitor may count."""
