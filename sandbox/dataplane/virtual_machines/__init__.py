"""EC2 instances as processes: user data, boot, restart, drain."""
