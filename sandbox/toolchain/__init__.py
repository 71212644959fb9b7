"""Finding, downloading or building the tools that don't come as Python packages.

Each tool is declared once (`tools.py`); `plan.py` decides how it is got, before anything starts; `obtain.py` gets it.
"""
