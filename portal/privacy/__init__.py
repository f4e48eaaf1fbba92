"""What the portal holds about somebody: handed out, erased, and forgotten in time."""
