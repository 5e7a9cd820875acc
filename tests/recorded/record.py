#!/usr/bin/env python3
"""Record what the genuine `aws` prints for given answers of AWS, into outputs.json.

    pip install awscli && python3 tests/recorded/record.py

Each case of cases.json has a command and the answer that a stub gives to it. The AWS CLI is told
to print dates as its version 2 does. tests/aws_outputs.rs gives the same answers to rolecall.
"""

import http.server
import json
import os
import pathlib
import subprocess
import tempfile
import threading

HERE = pathlib.Path(__file__).parent
CONFIG = "[default]\ncli_timestamp_format = iso8601\nregion = us-east-1\nmax_attempts = 1\ns3 =\n    addressing_style = path\n"


class Stub(http.server.BaseHTTPRequestHandler):
    answers = []

    def answer(self):
        self.rfile.read(int(self.headers.get("content-length") or 0))
        case = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        body = case.get("body", "").encode()
        self.send_response(case.get("status", 200))
        for name, value in case.get("headers", {}).items():
            self.send_header(name, value)
        if "content-length" not in {name.lower() for name in case.get("headers", {})}:
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer

    def log_message(self, *_):
        pass


def main():
    cases = json.loads((HERE / "cases.json").read_text())
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    out = []
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder, "config")
        config.write_text(CONFIG)
        env = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "AWS_CONFIG_FILE": str(config),
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
            "AWS_MAX_ATTEMPTS": "1",
            "TZ": "UTC",
        }
        for case in cases:
            Stub.answers = list(case["answers"])
            done = subprocess.run(
                ["aws", *case["command"].split()[1:]], env=env, cwd=folder, capture_output=True, text=True
            )
            out.append({**case, "stdout": done.stdout, "stderr": done.stderr})
            print(case["command"], done.returncode, done.stderr.strip()[:200])
    (HERE / "outputs.json").write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    main()
