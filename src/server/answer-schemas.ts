/** What the server answers, field by field; the interface's document is made of these. */
import { z } from 'zod'

const size = z.number().int().min(0)

/** Of every answer that is no success. */
export const errorAnswer = z
  .strictObject({
    error: z.string().describe('What is wrong, where, what was expected and what came, in one line.'),
    request_id: z.string().describe('As in the header x-request-id and in the log.'),
  })
  .describe('Why the request was not answered with what it asked for.')

export const rle = z
  .strictObject({
    size: z.array(size).length(2).describe('Height and width of the image.'),
    counts: z.string().describe("Run lengths in COCO's printable coding, column by column."),
  })
  .describe("A mask as COCO's compressed RLE.")

const found = {
  category_id: z.number().int(),
  category: z.string(),
  score: z.number().min(0).max(1),
  mask_score: z
    .number()
    .optional()
    .describe('Score times the IoU the mask is expected to have, of models that predict it.'),
  bbox: z.array(z.number()).length(4).describe('x, y, width and height in pixels.'),
  area: z.number().min(0).describe('Pixels of the mask, or square pixels of the box where there is none.'),
  segmentation: rle.optional(),
  keypoints: z.array(z.number()).optional().describe('x, y and 1 of each.'),
  keypoint_scores: z.array(z.number()).optional().describe('How much the place of each stands out: a logit.'),
}

export const instanceAnswer = z.strictObject(found).describe('One object.')

const imageAnswer = z
  .strictObject({
    file: z.string().describe('The name the form gave, or "image".'),
    width: size,
    height: size,
    milliseconds: z.number().min(0),
    instances: z.array(instanceAnswer).describe('By descending score.'),
    notes: z.array(z.string()).optional().describe('What people should know of how this came about.'),
  })
  .describe('What was found on an image.')

/** `format=json`. */
export const predictionAnswer = z
  .strictObject({ model: z.string(), images: z.array(imageAnswer).length(1) })
  .describe('The document of `maskwright predict --json`.')

const { category: _, area: __, ...result } = found

/** Of a list of URLs. */
export const listedAnswer = z
  .strictObject({
    model: z.string(),
    images: z
      .array(
        z.union([
          imageAnswer,
          z
            .strictObject({ file: z.string(), error: z.string() })
            .describe('Why an image could not be looked at.'),
        ]),
      )
      .min(1),
  })
  .describe('An entry for each URL, in their order; "file" is the URL.')

/** `format=coco`. */
export const cocoAnswer = z
  .array(z.strictObject({ image_id: z.literal(1), ...result }))
  .describe("COCO's results array; the image has the id 1.")

/** `format=labelme`; of its own fields those that are always there. */
export const labelmeAnswer = z
  .looseObject({ imageWidth: size, imageHeight: size, shapes: z.array(z.looseObject({ label: z.string() })) })
  .describe('A file of LabelMe.')

/** `format=geojson`. */
export const geojsonAnswer = z
  .looseObject({ type: z.literal('FeatureCollection'), features: z.array(z.looseObject({})) })
  .describe('Outlines in pixels.')

export const serverAnswer = z
  .strictObject({ name: z.string(), version: z.string(), extensions: z.array(z.string()) })
  .describe('The server.')

export const liveAnswer = z.strictObject({ live: z.literal(true) }).describe('The process answers.')

export const readyAnswer = z.strictObject({ ready: z.boolean() }).describe('Whether requests are taken.')

export const modelReadyAnswer = z
  .strictObject({ name: z.string(), ready: z.boolean() })
  .describe('Whether requests for the model are taken.')

export const repositoryAnswer = z
  .array(z.strictObject({ name: z.string(), version: z.string(), state: z.enum(['READY', 'UNAVAILABLE']) }))
  .describe('The models that are served.')

const port = z
  .strictObject({ name: z.string(), datatype: z.string(), shape: z.array(z.number().int().min(-1)) })
  .describe('A tensor that goes in or comes out; -1 stands for any size.')

export const modelAnswer = z
  .strictObject({
    name: z.string(),
    versions: z.array(z.string()).length(1).describe('The one that answers.'),
    platform: z.string(),
    inputs: z.array(port),
    outputs: z.array(port),
  })
  .describe('What goes into a model and what comes out.')

export const inferenceAnswer = z
  .strictObject({
    model_name: z.string(),
    model_version: z.string(),
    id: z.string().optional().describe('That of the request.'),
    outputs: z.array(
      z.strictObject({
        name: z.string(),
        datatype: z.string(),
        shape: z.array(size),
        data: z.array(z.union([z.number(), z.boolean()])).optional(),
        parameters: z.strictObject({ binary_data_size: size }).optional(),
      }),
    ),
  })
  .describe('Tensors, in the order in which they were asked for.')
