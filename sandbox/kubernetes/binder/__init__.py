"""EKS's load-balancing controller: the ready pods of a Service are the targets of a target group."""
