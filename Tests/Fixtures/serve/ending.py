"""Six long requests to a `polya serve` at PORT, whose process PID is told to end while they wait. Prints the statuses."""
import json, os, signal, socket, sys

PORT, PID = int(sys.argv[1]), int(sys.argv[2])
LONG = json.dumps({"prompt": "ab", "max_tokens": 500, "n": 250}).encode()
HEAD = f"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(LONG)}\r\n\r\n"


def sent(data):
    client = socket.create_connection(("127.0.0.1", PORT), timeout=300)
    client.sendall(data)
    return client


def status(client):
    with client, client.makefile("rb") as lines:
        return int(lines.readline().split()[1])


waiting = [sent(HEAD.encode() + LONG) for _ in range(6)]
# Connections are accepted in their order, so that when this one is answered, all of those are the server's.
status(sent(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
os.kill(PID, signal.SIGTERM)
print(*[status(client) for client in waiting])
