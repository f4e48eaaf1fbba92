"""One file per thing outside: its protocol, the real one, and a fake for fast tests."""
