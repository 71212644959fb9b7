"""AWS's APIs on loopback: moto, corrected where the platform needs it, and the data plane's private end points."""
