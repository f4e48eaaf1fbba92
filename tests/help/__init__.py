"""Tests of the help articles as files."""
