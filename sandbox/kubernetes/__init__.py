"""A real Kubernetes control plane with nodes that are this machine."""
