"""The Pulumi provider `docker-build` of the sandbox: images that are pushed to the registry without being built."""
