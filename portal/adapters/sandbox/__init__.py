"""The built-in sandbox payment gateway: an outside party of its own, with its own tables; it moves no money."""
