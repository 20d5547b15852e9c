"""A client of the Open Inference Protocol that nobody here wrote, against the server: do its tensors say what `predict` does?

    python3 -m venv triton && triton/bin/pip install 'tritonclient[http]' pillow
    npx maskwright predict IMAGE --model nuclei --no-overlay --json > predicted.json
    triton/bin/python benchmarks/triton-client.py 127.0.0.1:8080 nuclei IMAGE predicted.json [SCORE]

Prints how many objects each has and how far the farthest side of a box is from the other's, in pixels; ends with 1 where their
numbers differ or that is more than 0.01. Figures: docs/deployment.md.
"""

import json
import sys

import numpy
import tritonclient.http as http
from PIL import Image

server, model, image_path, predicted_path, *rest = sys.argv[1:]
least = float(rest[0]) if rest else 0.5
client = http.InferenceServerClient(server)
assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(model)
assert model in [entry["name"] for entry in client.get_model_repository_index()]

pixels = numpy.asarray(Image.open(image_path).convert("RGB"))
tensor = http.InferInput("image", pixels.shape, "UINT8")
tensor.set_data_from_numpy(pixels, binary_data=True)
outputs = [http.InferRequestedOutput(name, binary_data=True) for name in ("boxes", "scores")]
result = client.infer(model, [tensor], outputs=outputs)
scores = result.as_numpy("scores")
boxes = result.as_numpy("boxes")[scores >= least]

with open(predicted_path) as file:
    instances = json.load(file)["images"][0]["instances"]
wanted = numpy.array([[x, y, x + w, y + h] for x, y, w, h in (one["bbox"] for one in instances)]).reshape(-1, 4)
print(f"{len(boxes)} objects by tensors, {len(wanted)} by predict")
if len(boxes) != len(wanted):
    sys.exit(1)
farthest = float(numpy.abs(boxes - wanted).max(initial=0))
score = float(numpy.abs(scores[scores >= least] - [one["score"] for one in instances]).max(initial=0))
print(f"farthest side: {farthest:.4f} px; largest difference of a score: {score:.6f}")
sys.exit(farthest > 0.01)
