"""EC2 instances as processes: user data, artefacts, and forks of a warm parent per artefact."""
