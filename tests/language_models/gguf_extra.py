"""A stand-in for the extra: a package `xllamacpp` whose server is real, and whose model is not.

What is in the file after the magic bytes decides: `BROKEN` cannot be served, `SLOW` never loads,
`DIES` ends at the first request; anything else answers with the words in `ANSWER`.
"""

from pathlib import Path

import pytest

ANSWER = "It is ready."

PACKAGE = """
import http.server, json, os, sys, threading, time


class Settings:
    def __init__(self):
        self.model, self.cpuparams, self.cpuparams_batch = Of(), Of(), Of()


class Of:
    pass


CommonParams = Settings


class Server:
    def __init__(self, params):
        data = open(params.model.path, "rb").read()
        if b"BROKEN" in data:
            print("0.00.004 E llama_model_load: \\x1b[31mthe tensors are torn", file=sys.stderr)
            raise RuntimeError("Failed to init server")
        while b"SLOW" in data:
            time.sleep(60)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                if b"DIES" in data:
                    print("0.00.009 E ggml: out of memory", file=sys.stderr, flush=True)
                    os._exit(9)
                length = int(self.headers["content-length"])
                body = json.loads(self.rfile.read(length))
                allowed = self.headers["authorization"] == f"Bearer {params.api_keys[0]}"
                (alias,) = params.model_alias
                answer = json.dumps({
                    "model": alias,
                    "choices": [{"index": 0, "finish_reason": "stop",
                                 "message": {"content": "It is ready."}}],
                    "usage": {"prompt_tokens": 7, "completion_tokens": 3},
                } if allowed and "n" not in body else {"error": "no"}).encode()
                self.send_response(200 if allowed else 401)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                print("as talkative as the real one " * 300, file=sys.stderr)

        httpd = http.server.ThreadingHTTPServer((params.hostnames[0], params.port), Handler)
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        print("what is printed by the library is not the address", flush=True)
        self.listening_address = f"http://127.0.0.1:{httpd.server_port}"
"""


def install(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """Make it importable here and in processes that are started from here."""
    (folder / "extra").mkdir()
    (folder / "extra" / "xllamacpp.py").write_text(PACKAGE)
    patch.syspath_prepend(folder / "extra")
    patch.setenv("PYTHONPATH", str(folder / "extra"))


def gguf(folder: Path, content: str = "") -> str:
    """The name of a model in a file with `content`."""
    path = folder / "small.gguf"
    path.write_bytes(b"GGUF" + content.encode())
    return f"gguf:{path}"
