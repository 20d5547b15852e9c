import { expect, it } from 'vitest'
import { asInputs, rootScope } from '../../nn/scope.ts'
import { loadBodyWeights } from '../../node/package-files.ts'
import { decodePretrained } from '../model-file.ts'
import type { BodyConfig } from './bodies.ts'
import { bodyOf } from './bodies.ts'
import { pretrainedBodies } from './pretrained.ts'

const NORM = { kind: 'frozenBatchNorm', epsilon: 1e-3 } as const

it.each(pretrainedBodies('imagenet'))('%s has every weight in the package, and no other', async (name) => {
  const wanted = asInputs()
  const body = bodyOf({ name, norm: NORM } as BodyConfig)
  const scope = rootScope(wanted.resolve, 'running').child('backbone').child('body')
  for (const stage of body.strides.keys()) body.stage(scope, stage)
  const weights = decodePretrained(await loadBodyWeights(name), name)
  expect([...weights.keys()].sort()).toEqual([...wanted.specs.keys()].sort())
  for (const [key, { shape }] of wanted.specs) expect(weights.get(key)!.shape, key).toEqual(shape)
})

it('says which bodies the package has weights of', async () => {
  await expect(loadBodyWeights('../nuclei')).rejects.toThrow(
    '../nuclei: the package has no weights of this body; expected efficientnet_lite0',
  )
})

it('names a damaged file', async () => {
  const bytes = await loadBodyWeights('efficientnet_lite0')
  expect(() => decodePretrained(bytes.subarray(0, 5000), 'weights.safetensors')).toThrow(
    'weights.safetensors: ',
  )
})
