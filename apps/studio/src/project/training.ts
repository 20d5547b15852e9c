/** The training of a project while it is looked at. */
import { batch, computed, signal } from '@preact/signals'
import type { TrainingState } from '../../../../src/train/training-state.ts'
import { keepText, keptText } from './kept-text.ts'
import type { Session } from './session.ts'
import type { TrainingPlace, TrainingWish } from './training-place.ts'

const LOOK_AFTER = 1000
const DEFAULT_MINUTES = 30

export function openTraining(place: TrainingPlace, session: Session) {
  const state = signal<TrainingState>()
  const minutes = signal(DEFAULT_MINUTES)
  const settingsName = `training settings ${session.place.project.labelsFile}`
  const settings = signal(keptText(settingsName) ?? '')
  const device = signal<TrainingWish['device']>('auto')
  const wish = () => ({ minutes: minutes.value, settings: settings.value, device: device.value })
  /** Why it could not be started, stopped or asked. */
  const problem = signal<string>()
  const isAsking = signal(false)
  const isGoing = computed(() => ['running', 'stopping'].includes(state.value?.phase ?? ''))
  let timer: ReturnType<typeof setTimeout> | undefined

  const show = async (next: TrainingState) => {
    const hasEnded = isGoing.value
    batch(() => {
      problem.value = undefined
      state.value = next
    })
    clearTimeout(timer)
    if (isGoing.value) timer = setTimeout(look, LOOK_AFTER)
    else if (hasEnded && next.hasModel) session.finder.value = await place.finder()
  }
  const ask = async (question: () => Promise<TrainingState>) => {
    try {
      await show(await question())
    } catch (error) {
      problem.value = (error as Error).message
      if (isGoing.value) timer = setTimeout(look, LOOK_AFTER)
    }
  }
  const look = () => ask(place.state)
  const act = async (question: () => Promise<TrainingState>) => {
    if (isAsking.value) return
    isAsking.value = true
    await ask(question)
    isAsking.value = false
  }

  void look().then(async () => {
    minutes.value = state.value?.minutes ?? DEFAULT_MINUTES
    if (state.value?.hasModel && !session.finder.value) session.finder.value = await place.finder()
  })
  // It may have been started elsewhere meanwhile.
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible' && !isGoing.value) void look()
  })

  return {
    ...{ state, minutes, settings, device, problem, isAsking, isGoing },
    isInPage: place.file !== undefined,
    fileUrl: place.fileUrl,
    file: place.file,
    start: () => act(() => place.start(wish())),
    goOn: () => act(() => place.goOn(wish())),
    set: (text: string) => {
      settings.value = text
      keepText(settingsName, text === '' ? undefined : text)
    },
    stop: () => act(place.stop),
    /** Shows a photo of the evaluation with what the model finds on it, from that score on. */
    showMistakes: (file: string, score: number) => {
      const image = session.images.value.find(({ file_name }) => file_name === file)
      if (!image) return
      session.show(image.id)
      session.leastScore.value = Math.max(LEAST_SCORE, score)
      void session.find()
    },
  }
}

/** That the slider of scores can show. */
const LEAST_SCORE = 0.05

export type Training = ReturnType<typeof openTraining>
