"""Opens a page in headless Chromium and does what lines of JSON on the standard input say, each answered by a line.

{"open": PATH} loads a file. {"dark": true} is how the reader likes it. {"width": N} sets the window's width. {"js": EXPRESSION}
answers its value. {"key": "Tab"} presses a key (Tab, Enter, Space, ArrowRight). {"save": PATH} saves a picture. {"asked": true}
answers the addresses that the page asked for, and what it complained about.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

KEYS = {"Tab": (9, ""), "Enter": (13, "\r"), "Space": (32, " "), "ArrowRight": (39, ""), "ArrowLeft": (37, "")}


class Browser:
    def __init__(self, profile):
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        to_browser, self.write = os.pipe()
        self.read, from_browser = os.pipe()
        command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                   "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"]
        # The browser wants its pipes as 3 and 4, which may be taken here.
        script = 'exec 3<&"$0" 4>&"$1"; shift; exec "$@"'
        self.process = subprocess.Popen(
            ["bash", "-c", script, str(to_browser), str(from_browser)] + command, pass_fds=[to_browser, from_browser],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.rest, self.number, self.events = b"", 0, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Network", "Log", "Runtime"]:
            self.call(f"{domain}.enable")

    session = None

    def call(self, method, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def next(self):
        while b"\0" not in self.rest:
            part = os.read(self.read, 1 << 16)
            if not part:
                raise RuntimeError("the browser has ended")
            self.rest += part
        line, self.rest = self.rest.split(b"\0", 1)
        return json.loads(line)

    def value(self, expression):
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"]["exception"]["description"])
        return found["result"].get("value")

    def open(self, path):
        self.events.clear()
        self.call("Page.navigate", url=f"file://{os.path.abspath(path)}")
        while self.value("document.readyState") != "complete" or self.value("location.protocol") != "file:":
            time.sleep(0.02)
        return self.value("document.title")

    def key(self, name):
        code, text = KEYS[name]
        about = {"key": " " if name == "Space" else name, "code": name, "windowsVirtualKeyCode": code}
        self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **about)
        self.call("Input.dispatchKeyEvent", type="keyUp", **about)

    def asked(self):
        self.value("1")
        urls = [e["params"]["request"]["url"] for e in self.events if e.get("method") == "Network.requestWillBeSent"]
        complaints = [e["params"] for e in self.events
                      if e.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")]
        return {"urls": urls, "complaints": complaints}

    def do(self, command):
        [(verb, argument)] = command.items()
        if verb == "open":
            return self.open(argument)
        if verb == "js":
            return self.value(argument)
        if verb == "key":
            return self.key(argument)
        if verb == "asked":
            return self.asked()
        if verb == "dark":
            scheme = {"name": "prefers-color-scheme", "value": "dark" if argument else "light"}
            return self.call("Emulation.setEmulatedMedia", features=[scheme])
        if verb == "width":
            return self.call("Emulation.setDeviceMetricsOverride", width=argument, height=900, deviceScaleFactor=1,
                             mobile=False)
        if verb == "save":
            picture = self.call("Page.captureScreenshot", captureBeyondViewport=True)
            with open(argument, "wb") as file:
                file.write(base64.b64decode(picture["data"]))
            return None
        raise ValueError(f"unknown command {verb}")


with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
    browser = Browser(profile)
    try:
        for line in sys.stdin:
            if line.strip():
                print(json.dumps(browser.do(json.loads(line))), flush=True)
    finally:
        browser.process.kill()
        browser.process.wait()
