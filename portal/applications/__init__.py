"""Applications to become a partner, from the first draft to the welcome mail."""
