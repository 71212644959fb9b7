"""What the sandbox's Pulumi providers have in common: the engine's protocol, and how an operation waits and fails."""
