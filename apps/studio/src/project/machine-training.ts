/** Trainings by `maskwright train`, on the machine that `maskwright studio` runs on. */
import type { TrainingState } from '../../../../src/train/training-state.ts'
import type { Finder } from './finder.ts'
import type { TrainingPlace } from './training-place.ts'

const PATH = 'api/training'
type Told = TrainingState & { readonly model: string | null }

export function machineTraining(
  ask: (method: string, path: string, content?: unknown) => Promise<unknown>,
  finderOf: (model: string) => Finder,
): TrainingPlace {
  const state = () => ask('GET', PATH) as Promise<Told>
  return {
    state,
    start: ({ minutes }) => ask('POST', PATH, { minutes }) as Promise<Told>,
    goOn: ({ minutes }) => ask('POST', `${PATH}/resume`, { minutes }) as Promise<Told>,
    stop: () => ask('DELETE', PATH) as Promise<Told>,
    fileUrl: (kind) => `${PATH}/files/${kind}`,
    finder: async () => {
      const { model } = await state()
      return model === null ? undefined : finderOf(model)
    },
  }
}
