"""`python -m sandbox.aws.provider --state-dir DIR`"""

from sandbox.aws.provider.serve import main

if __name__ == "__main__":
    main()
