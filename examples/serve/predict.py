"""Objects on an image by a server of `maskwright serve`, with Python's standard library alone.

    python3 predict.py http://127.0.0.1:8080 cell.png [SCORE]
"""

import json
import sys
import urllib.error
import urllib.request


def predict(server, image, score=0.5):
    request = urllib.request.Request(f"{server}/predict?score={score}", data=image, method="POST")
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)["images"][0]["instances"]
    except urllib.error.HTTPError as refused:
        raise SystemExit(f"{refused.code}: {json.load(refused)['error']}")


if __name__ == "__main__":
    server, path, *score = sys.argv[1:]
    with open(path, "rb") as file:
        for instance in predict(server, file.read(), *score):
            print(instance["category"], instance["score"], instance["bbox"])
