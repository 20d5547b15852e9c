"""The peer of benchmarks/coco.ts: pycocotools' COCOeval from two files to its figures.

evaluate.py ANNOTATIONS RESULTS

Prints the figures, and the peak resident memory in bytes, as one line of JSON on stdout.
"""
import contextlib
import json
import resource
import sys

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

with contextlib.redirect_stdout(sys.stderr):
    truth = COCO(sys.argv[1])
    evaluation = COCOeval(truth, truth.loadRes(sys.argv[2]), "segm")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"figures": evaluation.stats.tolist(), "peakBytes": peak}))
