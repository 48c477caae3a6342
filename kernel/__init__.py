"""The kernel: processes, system calls, scheduling, telemetry, and the doors."""
