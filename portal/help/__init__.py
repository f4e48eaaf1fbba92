"""Help articles: files of words, who may read them, how they are searched, and what their readers say."""
