"""The exported model behind LitServe (https://lightning.ai/litserve): an image as a form in, COCO run lengths out, as a Python user writes it.

    python benchmarks/serve/litserve_app.py MODEL.onnx PORT WORKERS

Packages: litserve, onnxruntime, pillow, pycocotools, python-multipart. A worker is a process with one thread, as those of `serve` beside it.
"""

import io
import sys

import litserve
import numpy
import onnxruntime
from fastapi import Request
from PIL import Image
from pycocotools import mask as coco_mask

LEAST_SCORE = 0.5


class Segmentation(litserve.LitAPI):
    def setup(self, device):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            MODEL, options, providers=["CPUExecutionProvider"]
        )

    def decode_request(self, request: Request):
        image = Image.open(io.BytesIO(request["image"].file.read())).convert("RGB")
        return numpy.asarray(image)

    def predict(self, image):
        names = ["boxes", "scores", "masks"]
        boxes, scores, masks = self.session.run(names, {"image": image})
        kept = scores >= LEAST_SCORE
        return image.shape[:2], boxes[kept], scores[kept], masks[kept]

    def encode_response(self, output):
        (height, width), boxes, scores, masks = output
        return {
            "instances": [
                {
                    "bbox": [float(side) for side in (*box[:2], *(box[2:] - box[:2]))],
                    "score": float(score),
                    "segmentation": run_lengths(mask, box, height, width),
                }
                for box, score, mask in zip(boxes, scores, masks)
            ]
        }


def run_lengths(mask, box, height, width):
    """Pastes a mask of probabilities into its box, and encodes what is at least one half."""
    x1, y1 = (int(numpy.floor(side)) for side in box[:2])
    x2, y2 = (int(numpy.ceil(side)) for side in box[2:])
    size = (max(1, x2 - x1), max(1, y2 - y1))
    patch = numpy.asarray(Image.fromarray(mask).resize(size, Image.Resampling.BILINEAR)) >= 0.5
    whole = numpy.zeros((height, width), numpy.uint8, order="F")
    whole[y1 : y1 + size[1], x1 : x1 + size[0]] = patch[: height - y1, : width - x1]
    encoded = coco_mask.encode(whole)
    return {"size": encoded["size"], "counts": encoded["counts"].decode()}


if __name__ == "__main__":
    MODEL, port, workers = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    server = litserve.LitServer(
        Segmentation(), accelerator="cpu", workers_per_device=workers, timeout=120
    )
    server.run(port=port, host="127.0.0.1", generate_client_file=False, log_level="warning")
else:
    MODEL = sys.argv[1]
