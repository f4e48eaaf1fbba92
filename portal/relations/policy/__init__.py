"""Rules of the relation between customers and partners."""
