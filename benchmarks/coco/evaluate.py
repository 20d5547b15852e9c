"""The peers of benchmarks/coco.ts: COCOeval of a package, from two files to its figures.

evaluate.py faster-coco-eval|pycocotools ANNOTATIONS RESULTS

Prints the version, the twelve figures, and the peak resident memory in bytes, as one line of JSON on stdout.
"""
import contextlib
import json
import resource
import sys
from importlib.metadata import version

package, annotations, results = sys.argv[1:]
if package == "faster-coco-eval":
    from faster_coco_eval import COCO, COCOeval_faster as COCOeval
else:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

with contextlib.redirect_stdout(sys.stderr):
    truth = COCO(annotations)
    evaluation = COCOeval(truth, truth.loadRes(results), "segm")
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
print(
    json.dumps(
        {
            "version": version(package),
            "figures": [float(figure) for figure in evaluation.stats[:12]],
            "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }
    )
)
