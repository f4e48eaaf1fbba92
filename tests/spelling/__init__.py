"""Spelling of catalogs and articles, against dictionaries and a reviewed list of words for each language."""
