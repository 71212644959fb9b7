"""The Pulumi provider `aws` of the sandbox: pulumi-aws's resources over boto3 and the sandbox's own cloud."""
