"""What the proxies in front of a database and of a cache have in common: a process, TLS, and who is who."""
