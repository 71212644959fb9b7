"""The node agent: what a kubelet is to its node, for the nodes of all zones."""
