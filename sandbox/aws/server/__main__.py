"""Start the emulated cloud: `python -m sandbox.aws.server --state-dir DIR [--alone]`.

Serves on 127.0.0.1 at the port that the state directory's ports.json names, from the state that is kept there, until
SIGTERM. Exits 1 where that state can't be read.
"""

import gc
import sys

gc.disable()  # loading moto makes a million objects, none of them garbage: this saves a fifth of the start

from sandbox.aws.server.serve import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
