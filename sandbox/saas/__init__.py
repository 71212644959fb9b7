"""The vendors' clouds that others run for us, as far as the sandbox has them: a record of what was asked of each."""
