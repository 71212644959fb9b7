"""`./prakerja outputs`: what there is, who reaches it, who may do what, and where data lies."""
