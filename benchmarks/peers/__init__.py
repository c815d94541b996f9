"""Other people's tools, each run in a process of its own, and if need be in an environment of its own."""
