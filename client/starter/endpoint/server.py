"""A fake model behind an OpenAI-compatible address: POST /v1/chat/completions, sound in, sound out.

STARTER_KEY=… python server.py 8080
"""

import base64
import hashlib
import io
import json
import math
import os
import struct
import sys
import wave
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RATE = 24_000


def answer(prompt: bytes) -> bytes:
    """Answer the bytes of a WAV file with those of another; yours would listen."""
    drawn = hashlib.sha256(prompt).digest()
    hertz, seconds = 200 + drawn[0] * 2 + drawn[1] / 256, 1 + drawn[2] / 256
    values = (round(8_000 * math.sin(2 * math.pi * hertz * at / RATE)) for at in range(int(seconds * RATE)))
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(b"".join(struct.pack("<h", value) for value in values))
    return file.getvalue()


class Handler(BaseHTTPRequestHandler):
    """Answers chat completions with sound."""

    def do_POST(self) -> None:
        """Let in whoever has the key, and answer."""
        if self.headers.get("Authorization") != f"Bearer {os.environ['STARTER_KEY']}":
            self._send(401, {"error": {"message": "This key is not known."}})
            return
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        contents = [part for message in asked["messages"] for part in message["content"]]
        parts = [part for part in contents if isinstance(part, dict) and part["type"] == "input_audio"]
        sound = parts[-1]["input_audio"]["data"]
        said = base64.b64encode(answer(base64.b64decode(sound))).decode()
        audio = {"id": "audio-1", "data": said, "transcript": "A tone.", "expires_at": 0}
        choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "audio": audio}}
        whole = {"id": "1", "object": "chat.completion", "created": 0, "model": asked["model"]}
        self._send(200, whole | {"choices": [choice]})

    def _send(self, status: int, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
