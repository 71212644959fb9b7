"""The pod runtime: it holds warm parents and the containers forked from them, for as long as it lives."""
