"""ElastiCache for Valkey: a server on a Unix socket, and the proxy in front that speaks TLS and checks who logs in."""
