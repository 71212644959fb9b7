"""The pages that a participant sees, in Indonesian, from one set of templates for all services.

They are made for a basic phone on a village's connection: one response a page (style and emblem inlined), a few
kilobytes, no script, nothing from elsewhere.
"""

from app.common.pages.page import Page, respond
from app.common.pages.rendering import CONTENT_SECURITY_POLICY, preload, render

__all__ = ["CONTENT_SECURITY_POLICY", "Page", "preload", "render", "respond"]
