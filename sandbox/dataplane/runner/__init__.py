"""Running the processes of an artefact, for virtual machines and pods alike: forks of a warm parent per artefact."""
