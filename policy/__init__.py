"""The rules that a preview is held to: a policy pack for the Pulumi engine, and their evaluation after `up`.

It knows resources by type tokens and properties alone and imports nothing of the platform that it judges.
"""
