"""The peer of benchmarks/mask-rcnn.ts: torchvision's Mask R-CNN R50-FPN on one 800x1088 image.

prepare DIR             writes weights.safetensors and batch.safetensors, which both sides load
forward DIR ROUNDS ...  times inference
train DIR ROUNDS ...    times training steps: forward, backward, SGD with momentum

After ROUNDS come the threads and the mode: eager, channels_last, or compile (backbone and heads by torch.compile, for
inference with frozen weights). Times and the peak resident memory are printed as one line of JSON.
"""
import json
import resource
import struct
import sys
import time

import numpy
import torch
import torchvision
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.backbone_utils import resnet_fpn_backbone
from torchvision.ops import FrozenBatchNorm2d

HEIGHT, WIDTH, OBJECTS, CLASSES, DETECTIONS = 800, 1088, 12, 91, 100
DTYPES = {"float32": "F32", "int64": "I64", "uint8": "U8"}
TORCH = {"F32": numpy.float32, "I64": numpy.int64, "U8": numpy.uint8}


def build(threshold):
    backbone = resnet_fpn_backbone(backbone_name="resnet50", weights=None, norm_layer=FrozenBatchNorm2d, trainable_layers=5)
    limits = {"box_score_thresh": threshold, "box_detections_per_img": DETECTIONS}
    return MaskRCNN(backbone, CLASSES, min_size=HEIGHT, max_size=WIDTH, **limits)


def prepare(folder):
    torch.manual_seed(0)
    model = build(0.5)
    state = model.state_dict()
    for name in state:
        # Without learned statistics the residual sums would grow from block to block.
        if name.endswith("bn3.weight"):
            state[name].fill_(0.2)
    # Scores that differ, so that a threshold can choose among them.
    state["roi_heads.box_predictor.cls_score.weight"].mul_(40)
    write(f"{folder}/weights.safetensors", {k: v.numpy() for k, v in state.items()})
    rng = numpy.random.default_rng(0)
    image = rng.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=numpy.uint8)
    boxes, masks = [], numpy.zeros((OBJECTS, HEIGHT, WIDTH), numpy.uint8)
    ys, xs = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    for i in range(OBJECTS):
        h, w = (int(v) for v in rng.integers(40, 320, 2))
        y, x = int(rng.integers(0, HEIGHT - h)), int(rng.integers(0, WIDTH - w))
        boxes.append([x, y, x + w, y + h])
        masks[i] = ((ys - y - h / 2) / (h / 2)) ** 2 + ((xs - x - w / 2) / (w / 2)) ** 2 <= 1
    write(f"{folder}/batch.safetensors", {
        "image": image,
        "boxes": numpy.array(boxes, numpy.float32),
        "labels": rng.integers(1, CLASSES, OBJECTS).astype(numpy.int64),
        "masks": masks,
        "threshold": numpy.array([threshold(model, image)], numpy.float32),
    })


def threshold(model, image):
    """The score at which the heads find as many objects as they may, and hardly more."""
    model.eval()
    model.roi_heads.score_thresh = 0.05
    with torch.inference_mode():
        scores = model([torch.from_numpy(image).permute(2, 0, 1).float() / 255])[0]["scores"]
    if len(scores) < DETECTIONS:
        raise SystemExit(f"the random weights find {len(scores)} objects, not {DETECTIONS}")
    return float(scores[-1]) * (1 - 1e-4)


def load(folder):
    batch = {k: torch.from_numpy(v) for k, v in read(f"{folder}/batch.safetensors").items()}
    model = build(float(batch["threshold"][0]))
    model.load_state_dict({k: torch.from_numpy(v) for k, v in read(f"{folder}/weights.safetensors").items()})
    return model, batch["image"].permute(2, 0, 1).float() / 255, batch


def prepared(model, mode):
    if mode == "channels_last":
        return model.to(memory_format=torch.channels_last)
    if mode == "compile":
        heads = model.roi_heads
        model.backbone = torch.compile(model.backbone)
        model.rpn.head = torch.compile(model.rpn.head, dynamic=False)
        heads.box_head = torch.compile(heads.box_head)
        heads.mask_head = torch.compile(heads.mask_head)
        heads.mask_predictor = torch.compile(heads.mask_predictor)
    return model


def forward(folder, rounds, mode):
    model, image, _ = load(folder)
    model.eval()
    if mode == "compile":
        from torch._inductor import config

        config.freezing = True
    model = prepared(model, mode)
    found = []
    with torch.inference_mode() if mode != "compile" else torch.no_grad():
        result = timed(lambda: found.append(len(model([image])[0]["masks"])), rounds)
    return {**result, "detections": found[-1]}


def train(folder, rounds, mode):
    model, image, batch = load(folder)
    model.train()
    model = prepared(model, mode)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-5, momentum=0.9, weight_decay=1e-4)
    target = {key: batch[key] for key in ("boxes", "labels", "masks")}

    def step():
        losses = model([image], [target])
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()

    return timed(step, rounds)


def timed(run, rounds):
    run()
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return {"seconds": seconds, "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def write(path, arrays):
    header, offset, parts = {}, 0, []
    for name, array in arrays.items():
        data = numpy.ascontiguousarray(array).tobytes()
        header[name] = {"dtype": DTYPES[str(array.dtype)], "shape": list(array.shape), "data_offsets": [offset, offset + len(data)]}
        offset += len(data)
        parts.append(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(parts))


def read(path):
    with open(path, "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        data = file.read()
    return {
        name: numpy.frombuffer(data[e["data_offsets"][0]:e["data_offsets"][1]], TORCH[e["dtype"]]).reshape(e["shape"]).copy()
        for name, e in header.items()
    }


if __name__ == "__main__":
    command, where, *rest = sys.argv[1:]
    rounds, threads, mode = int(rest[0]) if rest else 0, int(rest[1]) if len(rest) > 1 else 2, rest[2] if len(rest) > 2 else "eager"
    torch.set_num_threads(threads)
    if command == "prepare":
        prepare(where)
    else:
        result = {"forward": forward, "train": train}[command](where, rounds, mode)
        print(json.dumps({**result, "versions": f"torch {torch.__version__}, torchvision {torchvision.__version__}"}))
