"""Archives of what the portal keeps about one user."""
