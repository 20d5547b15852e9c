"""One exported file in Python's onnxruntime, after ONNX's checker has accepted it: run.py FOLDER MODEL -- IMAGE...

Prints one JSON document: the outputs by name, image by image, all in one session.
"""

import json
import pathlib
import sys

import numpy as np
import onnx
import onnxruntime as ort

folder, model = pathlib.Path(sys.argv[1]), sys.argv[2]
onnx.checker.check_model(str(folder / model), full_check=True)
session = ort.InferenceSession(str(folder / model), providers=["CPUExecutionProvider"])
names = [output.name for output in session.get_outputs()]
runs = []
for image in sys.argv[4:]:
    height, width = map(int, image.split("x"))
    pixels = np.fromfile(folder / image, np.uint8).reshape(height, width, 3)
    found = session.run(names, {"image": pixels})
    runs.append({name: {"shape": value.shape, "data": value.ravel().tolist()} for name, value in zip(names, found)})
print(json.dumps(runs))
