"""What people do with a running platform, from the command line."""
