"""What makes the Pulumi CLI run this project's Python: the language host.

A CLI from an official release brings a language host of its own, one built from its Go module does not. The sandbox
always uses this one, so that both behave alike.
"""
