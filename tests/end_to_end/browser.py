"""A headless Chromium with JavaScript off, driven over the DevTools protocol's pipe."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any


class Browser:
    """One page. Pages are read and filled in from outside: nothing runs in them."""

    def __init__(self, profile: Path) -> None:
        to_browser, self._write_end = os.pipe()
        self._read_end, from_browser = os.pipe()
        chromium = shutil.which("chromium")
        assert chromium is not None, "these tests need chromium on PATH"
        # The protocol is spoken on descriptors 3 and 4, whatever their numbers are here.
        redirect = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
        switches = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run"]
        self._process = subprocess.Popen(
            ["bash", "-c", redirect, "chromium", chromium, *switches, f"--user-data-dir={profile}"],
            pass_fds=(to_browser, from_browser),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._number = 0
        self._received = b""
        self._session: str | None = None
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._call("Emulation.setScriptExecutionDisabled", value=True)
        self._call("Page.enable")

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(20)
        os.close(self._write_end)
        os.close(self._read_end)

    def open(self, address: str) -> None:
        """Go to a page and wait until it has loaded."""
        self._call("Page.navigate", url=address)
        self._await_event("Page.loadEventFired")

    def fill(self, name: str, text: str) -> None:
        """Type into the input of a name."""
        self._call("DOM.focus", nodeId=self._node(f'input[name="{name}"]'))
        self._call("Input.insertText", text=text)

    def press_enter(self) -> None:
        """Press Enter, which submits a form, and wait until the next page has loaded."""
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        self._call("Input.dispatchKeyEvent", type="keyDown", **key)
        self._await_event("Page.loadEventFired")

    def text_of(self, selector: str) -> str:
        """The HTML of the first element that a CSS selector finds."""
        html: str = self._call("DOM.getOuterHTML", nodeId=self._node(selector))["outerHTML"]
        return html

    def _node(self, selector: str) -> int:
        root = self._call("DOM.getDocument")["root"]["nodeId"]
        node: int = self._call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        assert node, f"no {selector} on the page"
        return node

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write_end, json.dumps(message).encode() + b"\0")
        while (answer := self._receive()).get("id") != self._number:
            pass
        assert "error" not in answer, f"{method}: {answer['error']}"
        result: dict[str, Any] = answer["result"]
        return result

    def _await_event(self, method: str) -> None:
        while self._receive().get("method") != method:
            pass

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._received:
            chunk = os.read(self._read_end, 1 << 16)
            assert chunk, "chromium has ended"
            self._received += chunk
        encoded, _, self._received = self._received.partition(b"\0")
        message: dict[str, Any] = json.loads(encoded)
        return message
