"""The sandbox's data plane: what the emulated AWS says exists is made to run.

It learns everything from the cloud server's snapshot, as a real controller would, and reports health back.
"""
