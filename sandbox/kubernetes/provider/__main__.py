"""`python -m sandbox.kubernetes.provider --state-dir DIR`"""

from sandbox.kubernetes.provider.serve import main

if __name__ == "__main__":
    main()
