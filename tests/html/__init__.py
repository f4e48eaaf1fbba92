"""The public pages as a crawler and a validator read them."""
