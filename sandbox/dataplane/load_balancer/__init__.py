"""An Application Load Balancer played by HAProxy."""
