"""AWS in the sandbox: its APIs (`server`) and the Pulumi provider that speaks to them (`provider`)."""
