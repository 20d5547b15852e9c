"""Draws what an exported model finds, with ONNX Runtime alone (pip install onnxruntime pillow):
    npx maskwright export --model nuclei --paste --out nuclei.onnx
    python predict.py nuclei.onnx cells.png found.png
"""

import json
import sys

import numpy as np
import onnxruntime as ort
from PIL import Image, ImageOps

model, picture, out = sys.argv[1:]
session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
categories = json.loads(session.get_modelmeta().custom_metadata_map["maskwright"])["categories"]
image = np.array(ImageOps.exif_transpose(Image.open(picture)).convert("RGB"))
scores, labels, boxes, masks = session.run(["scores", "labels", "boxes", "masks"], {"image": image})

for i in np.flatnonzero(scores >= 0.5):
    image[masks[i], i % 3] = 255
    print(categories[labels[i] - 1]["name"], f"{scores[i]:.3f}", boxes[i].round(1).tolist())
Image.fromarray(image).save(out)
