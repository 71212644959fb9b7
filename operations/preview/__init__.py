"""`./prakerja preview`: what a change would do, ranked by risk, found out without any credential."""
