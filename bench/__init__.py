"""The performance suite: one command, one line per figure, each a ratio to a baseline of the same run."""
