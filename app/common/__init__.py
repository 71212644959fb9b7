"""What the services share: settings, database, pages, server. No service imports another."""
