/** What is promised of speed and memory, a row each: its targets, and the benchmark that measures it. */
import type { ModelMeasurement } from '../../src/cli/bench/measure-model.ts'

/** How a figure is written. Units: seconds, bytes, 1e9 floating point operations a second, AP from 0 to 1. */
export type Kind =
  | 'ratio'
  | 'seconds'
  | 'bytes'
  | 'share'
  | 'points'
  | 'gflops'
  | 'gflop'
  | 'rate'
  | 'count'
  | 'number'

export interface Target {
  /** Name of a figure of the row's result. */
  readonly figure: string
  readonly words: string
  readonly kind: Kind
  readonly most?: number
  readonly least?: number
}

export interface Row {
  readonly id: string
  readonly what: string
  readonly targets: readonly Target[]
  /**
   * Words after `npx`: `tsx` and a benchmark, or `maskwright` and a command; `--json` is added. `$NAME` stands for a variable of the
   * environment. It prints a JSON document on stdout.
   */
  readonly command: readonly string[]
  /** The document as `Measured`, where it is another. */
  readonly read?: (document: BenchDocument) => Measured
}

/** Of what `maskwright bench` prints. */
type BenchDocument = Pick<
  ModelMeasurement,
  'latency' | 'network' | 'rounds' | 'throughput' | 'peakBytes' | 'gflop' | 'gflops' | 'gemmPeak' | 'stages'
>

/** What a benchmark prints with `--json`. */
export interface Measured {
  /** By name: those the targets are about, and what they were made of. */
  readonly figures: Readonly<Record<string, number>>
  /** Name and version of what was measured beside ours. */
  readonly peers?: string
  /** Single rounds, by name. */
  readonly samples?: Readonly<Record<string, readonly number[]>>
  /** Seconds of each part of the model. */
  readonly stages?: readonly { readonly stage: string; readonly seconds: number }[]
}

export const ROWS: readonly Row[] = [
  {
    id: 'pytorch',
    what: 'Mask R-CNN R50-FPN, 800x1088, 100 detections, float32, against the fastest current PyTorch mode',
    targets: [
      { figure: 'latencyRatio', words: 'of its median latency', kind: 'ratio', most: 0.6 },
      { figure: 'memoryRatio', words: 'of its peak memory', kind: 'ratio', most: 0.8 },
    ],
    command: ['tsx', 'benchmarks/mask-rcnn.ts', 'forward', '3'],
  },
  {
    id: 'openvino',
    what: 'the same against OpenVINO with the exported graph',
    targets: [{ figure: 'latencyRatio', words: 'of its median latency', kind: 'ratio', most: 1 }],
    command: ['tsx', 'benchmarks/openvino.ts', 'compare', '3'],
  },
  {
    id: 'int8',
    what: 'the same in int8 against our float32, and what it costs on nuclei',
    targets: [
      { figure: 'latencyRatio', words: 'of the latency', kind: 'ratio', most: 0.5 },
      { figure: 'apLoss', words: 'points of mask AP less', kind: 'points', most: 0.01 },
    ],
    command: ['tsx', 'benchmarks/int8.ts', '$NUCLEI'],
  },
  {
    id: 'training',
    what: 'training step of R50-FPN, against current torchvision',
    targets: [
      { figure: 'timeRatio', words: 'of its time', kind: 'ratio', most: 0.7 },
      { figure: 'memoryRatio', words: 'of its peak memory', kind: 'ratio', most: 1.1 },
    ],
    command: ['tsx', 'benchmarks/mask-rcnn.ts', 'train', '3'],
  },
  {
    id: 'gemm',
    what: 'GFLOP/s of the whole float32 model',
    targets: [{ figure: 'share', words: 'of the GEMM peak of the machine', kind: 'share', least: 0.75 }],
    command: [
      'maskwright',
      'bench',
      '--preset',
      'maskrcnn_resnet50_fpn',
      '--size',
      '800x1088',
      '--threads',
      '2',
    ],
    read: ({ gflop, gflops, gemmPeak, network, stages, rounds }) => ({
      figures: {
        share: gflops / gemmPeak,
        gflops,
        'GEMM peak gflops': gemmPeak,
        gflop,
        'network latency': network.median,
      },
      samples: { 'network latency': rounds.map((round) => round.network) },
      stages,
    }),
  },
  {
    id: 'cold-start',
    what: 'bundled `nuclei`, from the start of the process to the first mask of a 512x512 image',
    targets: [{ figure: 'seconds', words: '', kind: 'seconds', most: 1.2 }],
    command: ['tsx', 'benchmarks/cold-start.ts', '7'],
  },
  {
    id: 'warm',
    what: 'bundled `nuclei`, 512x512 image, warm',
    targets: [{ figure: 'seconds', words: 'median', kind: 'seconds', most: 0.15 }],
    command: ['maskwright', 'bench', '--model', 'nuclei', '--size', '512x512', '--threads', '2'],
    read: ({ latency, throughput, peakBytes, stages, rounds }) => ({
      figures: { seconds: latency.median, p95: latency.p95, throughput, peakBytes },
      samples: { seconds: rounds.map((round) => round.latency) },
      stages,
    }),
  },
  {
    id: 'load-fp16',
    what: 'loading a float16 R50 model',
    targets: [{ figure: 'seconds', words: '', kind: 'seconds', most: 0.5 }],
    command: ['tsx', 'benchmarks/load.ts', 'fp16', '5'],
  },
  {
    id: 'paste',
    what: '100 detections of 500x500: paste to RLE',
    targets: [{ figure: 'seconds', words: '', kind: 'seconds', most: 0.01 }],
    command: ['tsx', 'benchmarks/paste.ts', '40'],
  },
  {
    id: 'folder',
    what: '`predict` on 500 images, against one at a time',
    targets: [{ figure: 'throughputRatio', words: 'of the throughput', kind: 'ratio', least: 1.6 }],
    command: ['tsx', 'benchmarks/folder.ts', '$NUCLEI/images', '500'],
  },
  {
    id: 'coco',
    what: 'COCO figures of a large data set, files to figures, against `faster-coco-eval`',
    targets: [
      { figure: 'timeRatio', words: 'of its time', kind: 'ratio', most: 0.5 },
      { figure: 'memoryRatio', words: 'of its peak memory', kind: 'ratio', most: 0.5 },
    ],
    command: ['tsx', 'benchmarks/coco.ts', '$COCO/gt.json', '$COCO/dt.json', '3'],
  },
]

/** The command as it is typed. */
export function commandLine({ command }: Row): string {
  return `npx ${command.join(' ')}`
}
