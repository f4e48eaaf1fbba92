"""What the worker does for Partner Support."""
