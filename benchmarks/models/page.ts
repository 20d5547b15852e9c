/** The page of all models, as text. */
import type { ModelConfig } from '../../src/models/catalogue.ts'
import { PRESETS } from '../../src/models/presets.ts'
import { asInputs, rootScope } from '../../src/nn/scope.ts'
import { elementCount } from '../../src/tensor/shape.ts'
import { PUBLISHED } from '../../src/weights/published/published-table.ts'
import type { PublishedFigures, PublishedWeights } from '../../src/weights/published/published-weights.ts'
import { graphMultiplyAdds, mostOf, sizedGraph } from '../one-stage/multiply-adds.ts'
import { keptLatencies, PICTURE } from './latency.ts'

/** Figures of publications that offer no download. */
const ELSEWHERE: Readonly<Record<string, Pick<PublishedWeights, 'figures' | 'source'>>> = {
  e2e_ms_rcnn_R_50_FPN_1x: {
    figures: { box: 37.9, mask: 35.6 },
    source: 'https://github.com/zjhuang22/maskscoring_rcnn#results',
  },
}

export function modelsPage(): string {
  const bodies = PUBLISHED.filter(({ kind }) => kind === 'body')
  return `# Models

<!-- Made by \`npx tsx benchmarks/models.ts write\`; change that, not this. -->

Every preset, with what is published of it. ${INTRODUCTION}

| preset | model | parameters | GMAC | seconds | weights | box AP | mask AP | keypoint AP | licence |
|---|---|---|---|---|---|---|---|---|---|
${Object.keys(PRESETS).flatMap(presetRows).join('\n')}

${NOTES}

## Bodies

Weights of image classifiers, of which a training takes the body. They were trained on ImageNet's 1000 classes; top 1 is the part of its validation images whose first guess is right.

| body | weights | parameters, with the classifier | top 1 | licence |
|---|---|---|---|---|
${bodies.map(bodyRow).join('\n')}
`
}

const INTRODUCTION =
  'A name of the column "weights" is one that `maskwright weights pull` takes (see [weight files](weights.md)). Figures are those ' +
  'of the publication behind the link, in percent, on the validation images of COCO 2017; of what is here only the seconds were ' +
  'measured by Maskwright, and [benchmarks](benchmarks.md) has more. `npx maskwright bench --preset NAME --size 480x640` measures the speed and the memory ' +
  'of one on your machine.'

const NOTES =
  `Parameters are counted with COCO's classes and without the numbers of frozen norms, in millions. A GMAC is 10^9 multiply-adds ` +
  `of convolutions and matrix products for one picture of ${PICTURE.height}x${PICTURE.width}, enlarged as the preset says, with as ` +
  'many proposals and objects as the model may find: the most it takes, not the least. torchvision counts for its table a picture that is enlarged to 800x800, where here it is 800x1088: ' +
  'its 128.2 of FCOS times 1.36 are the figure here. Seconds are the fastest of three runs of the whole graph on such a picture with random weights and as ' +
  'many objects as the model may find, with two threads on two cores of an Intel Xeon (AVX-512, Node 20.20, 28 November 2026, ' +
  '`npx tsx benchmarks/models.ts measure`); without a figure, a preset has not been measured. torchvision and timm say that their weights ' +
  'may have terms derived from the data they were trained on.'

const seconds = (preset: string) => keptLatencies()[preset]?.toFixed(2) ?? ''

const millions = (count: number) => (count / 1e6).toFixed(1)

/** A row for each of its published weights, or one without. */
function presetRows(preset: string): string[] {
  const config = PRESETS[preset]()
  const own = [`\`${preset}\``, config.model, millions(parametersOf(config)), giga(config), seconds(preset)]
  const published = PUBLISHED.filter(({ kind, architecture }) => kind === 'model' && architecture === preset)
  if (published.length > 0)
    return published.map((weights) =>
      row([...own, `\`${weights.name}\``, ...aps(weights.figures, weights.source), licenceOf(weights)]),
    )
  const { figures = {}, source = '' } = ELSEWHERE[preset] ?? {}
  return [row([...own, '', ...aps(figures, source), ''])]
}

function bodyRow(weights: PublishedWeights): string {
  const { architecture, name, parameters, figures, source } = weights
  const count = parameters === undefined ? '' : millions(parameters)
  return row([`\`${architecture}\``, `\`${name}\``, count, linked(figures.top1, source), licenceOf(weights)])
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`

function aps({ box, mask, keypoints }: PublishedFigures, source: string): string[] {
  return [box, mask, keypoints].map((figure) => linked(figure, source))
}

function linked(figure: number | undefined, source: string): string {
  return figure === undefined ? '' : `[${figure.toFixed(1)}](${source})`
}

function licenceOf({ licence: { name, url, isRestricted } }: PublishedWeights): string {
  return `[${name}](${url})${isRestricted ? ', **not commercial**' : ''}`
}

function parametersOf(config: ModelConfig): number {
  return built(config, 'batch')
    .specs.filter(({ kind }) => kind === 'param')
    .reduce((sum, { shape }) => sum + elementCount(shape), 0)
}

function giga(config: ModelConfig): string {
  return (graphMultiplyAdds(built(config, 'running').graph, mostOf) / 1e9).toFixed(1)
}

function built(config: ModelConfig, statistics: 'batch' | 'running') {
  const asked = asInputs()
  const graph = sizedGraph(config, PICTURE, rootScope(asked.resolve, statistics))
  return { graph, specs: [...asked.specs.values()] }
}
