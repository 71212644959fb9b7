"""The provider `tls`: real keys and certificates."""
