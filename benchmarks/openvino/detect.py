"""The peer of benchmarks/openvino.ts: OpenVINO on the CPU with an exported graph.

detect.py FILE.onnx IMAGE HEIGHT WIDTH SHAPES ROUNDS THREADS

IMAGE holds raw RGB bytes. SHAPES is dynamic, for the graph as it is, or static, with the size of the image fixed before it is compiled.
Times, the peak resident memory and what was found in the last round are printed as one line of JSON.
"""
import json
import resource
import sys
import time

import numpy
import openvino

path, image, height, width, shapes, rounds, threads = sys.argv[1:]
picture = numpy.fromfile(image, numpy.uint8).reshape(int(height), int(width), 3)
core = openvino.Core()
model = core.read_model(path)
if shapes == "static":
    model.reshape({"image": list(picture.shape)})
# bfloat16, which it would take where the processor has it, is not what it is compared with.
settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": int(threads), "PERFORMANCE_HINT": "LATENCY"}
started = time.perf_counter()
compiled = core.compile_model(model, "CPU", settings)
compile_seconds = time.perf_counter() - started
request = compiled.create_infer_request()
seconds = []
for i in range(int(rounds) + 1):
    started = time.perf_counter()
    request.infer([picture], share_inputs=True)
    if i > 0:
        seconds.append(time.perf_counter() - started)
found = {name: request.get_tensor(name).data.ravel().tolist() for name in ("boxes", "scores", "labels")}
masks = request.get_tensor("masks").data
print(json.dumps({
    "seconds": seconds,
    "compileSeconds": compile_seconds,
    "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    "found": {**found, "maskMeans": masks.reshape(len(masks), -1).mean(1).tolist()},
    "version": openvino.__version__.split("-")[0],
}))
