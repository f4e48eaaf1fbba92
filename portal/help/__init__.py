"""Help articles: files of words, and what may be read of them. No database."""
