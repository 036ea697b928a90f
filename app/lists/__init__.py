"""Lists as people use them: saved views, chosen columns, filters in the address, actions on many rows with a receipt."""
