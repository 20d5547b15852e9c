import type { Category } from '../data/dataset.ts'
import { boxToXywh } from '../geometry/boxes.ts'
import type { Instance } from './instance.ts'
import { instanceArea } from './to-json.ts'

/** A frame of a video, and what was found in it. */
export interface FrameResult {
  readonly width: number
  readonly height: number
  /** Which frame of the video it is, from 0. */
  readonly index: number
  /** Seconds from the start of the video. */
  readonly time: number
  readonly instances: readonly Instance[]
}

/** Of a video that is done. */
export interface VideoEntry {
  readonly name: string
  readonly width: number
  readonly height: number
  /** Frames a second of those that were looked at. */
  readonly frameRate?: number
  /** What people should know of how it was read; absent where there is nothing to say. */
  readonly notes?: readonly string[]
}

/** Writes a document piece by piece: annotations leave as they come, frames and videos, which are small, at the end. */
export interface VideoJson {
  /** Pieces of the document for a frame of the video that is being written. */
  frame(result: FrameResult): string
  /** The video ends. */
  endVideo(video: VideoEntry): void
  /** The rest of the document. */
  end(): string
}

/**
 * COCO's form for videos, as data sets of tracks have it (COCO-VID): `videos`, `images` with `video_id`, `frame_id` and `time`,
 * `annotations` with `instance_id`, the number of the track, which is one object in all frames of its video, and `score`; boxes are x, y, width,
 * height, masks COCO's compressed run lengths. Ids begin at 1, frames at 0. The text that `begin` gives comes first.
 */
export function videoJson(
  model: string,
  categories: readonly Category[],
): VideoJson & { readonly begin: string } {
  const images: object[] = []
  const videos: object[] = []
  let annotationId = 0
  const videoId = () => videos.length + 1
  const named = categories.map(({ id, name }) => ({ id, name }))
  return {
    begin: `{"model":${JSON.stringify(model)},\n"categories":${JSON.stringify(named)},\n"annotations":[`,
    frame({ width, height, index, time, instances }) {
      const imageId = images.length + 1
      images.push({ id: imageId, video_id: videoId(), frame_id: index, time, width, height })
      const entries = instances.map((instance) => {
        const comma = annotationId++ === 0 ? '' : ','
        return `${comma}\n${JSON.stringify({ id: annotationId, image_id: imageId, video_id: videoId(), ...entryOf(instance) })}`
      })
      return entries.join('')
    },
    endVideo({ name, width, height, frameRate, notes = [] }) {
      const rate = frameRate !== undefined && { frame_rate: frameRate }
      videos.push({ id: videoId(), name, width, height, ...rate, ...(notes.length > 0 && { notes }) })
    },
    end: () => `\n],\n"images":${listed(images)},\n"videos":${listed(videos)}}\n`,
  }
}

function listed(entries: readonly object[]): string {
  return `[\n${entries.map((entry) => JSON.stringify(entry)).join(',\n')}\n]`
}

function entryOf(instance: Instance) {
  const { trackId, categoryId, score, maskScore, box, mask, keypoints } = instance
  return {
    ...(trackId !== undefined && { instance_id: trackId }),
    category_id: categoryId,
    score,
    ...(maskScore !== undefined && { mask_score: maskScore }),
    bbox: boxToXywh(box),
    area: instanceArea(instance),
    ...(mask && { segmentation: mask.toRle() }),
    iscrowd: 0,
    ...(keypoints && { keypoints: keypoints.flatMap(({ x, y }) => [x, y, 1]) }),
  }
}
