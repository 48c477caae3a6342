"""The doors into the kernel: the command line, and the blocking mirror of the API for scripts."""
