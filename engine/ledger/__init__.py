"""What happened: the kernel, its accounts and its records."""
