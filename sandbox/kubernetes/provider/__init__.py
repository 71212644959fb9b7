"""The Pulumi provider `kubernetes`: any kind of object, by the API server's own discovery and server-side apply."""
