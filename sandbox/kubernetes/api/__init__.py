"""A client of the Kubernetes API for what runs all the time: requests, watches and events over aiohttp."""
