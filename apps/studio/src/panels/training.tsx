import { useSignal } from '@preact/signals'
import type { TrainingState } from '../../../../src/train/training-state.ts'
import type { Session } from '../project/session.ts'
import type { Training } from '../project/training.ts'
import type { TrainingWish } from '../project/training-place.ts'
import { TEXTS } from '../texts.ts'
import { Curve } from './curve.tsx'
import { Reached } from './reached.tsx'
import { saveFile } from './save-file.ts'
import './training.css'
import { Problem } from './problem.tsx'

const T = TEXTS.training

interface Props {
  readonly session: Session
  readonly training: Training
}

/** A model is trained on the labels; what it does is seen as it goes on. */
export function TrainingPanel({ session, training }: Props) {
  const state = training.state.value
  const labelled = [...session.histories.value.values()].filter(({ now }) => now.length > 0).length
  return (
    <section aria-labelledby="training" class="training">
      <h2 id="training">{T.title}</h2>
      {training.isGoing.value && state ? (
        <Going state={state} training={training} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            void training.start()
          }}
        >
          <p class="pale">{T.about(labelled)}</p>
          {training.isInPage && <p class="pale">{T.inPage}</p>}
          <label>
            {T.minutes}{' '}
            <input
              type="number"
              min="1"
              step="any"
              required
              value={training.minutes}
              onInput={({ currentTarget }) => {
                training.minutes.value = currentTarget.valueAsNumber
              }}
            />
          </label>
          {training.isInPage && (
            <details>
              <summary>{T.settings}</summary>
              <textarea
                aria-label={T.settings}
                rows={3}
                placeholder="steps=200"
                value={training.settings}
                onInput={({ currentTarget }) => training.set(currentTarget.value)}
              />
            </details>
          )}
          {training.isInPage && 'gpu' in navigator && (
            <label>
              {T.device}{' '}
              <select
                value={training.device}
                onChange={({ currentTarget }) => {
                  training.device.value = currentTarget.value as TrainingWish['device']
                }}
              >
                {Object.entries(T.devices).map(([device, title]) => (
                  <option key={device} value={device}>
                    {title}
                  </option>
                ))}
              </select>
            </label>
          )}
          <button type="submit" disabled={training.isAsking.value || session.state.value.isBehind}>
            {T.start}
          </button>
          {state?.canGoOn && (
            <button type="button" disabled={training.isAsking.value} onClick={training.goOn}>
              {T.goOn}
            </button>
          )}
        </form>
      )}
      <Problem of={training.problem} />
      {state && <Course state={state} training={training} />}
    </section>
  )
}

function Going({ state, training }: { readonly state: TrainingState; readonly training: Training }) {
  const { phase, step, steps, minutesLeft, said } = state
  const text = phase === 'stopping' ? T.stopping : step > 0 ? T.step(step, steps) : T.preparing
  return (
    <>
      <p role="status">{text}</p>
      <progress aria-label={T.progress} max={steps ?? 1} value={step > 0 ? step : undefined} />
      {minutesLeft !== undefined && phase === 'running' && <p class="pale">{T.left(minutesLeft)}</p>}
      <p class="pale said">{said.at(-1)}</p>
      <button type="button" disabled={phase === 'stopping'} onClick={training.stop}>
        {T.stop}
      </button>
    </>
  )
}

/** What it did so far: also of one that is over. */
function Course({ state, training }: { readonly state: TrainingState; readonly training: Training }) {
  const { phase, step, steps, folder, problem, losses, precision, reached } = state
  const isOver = phase === 'stopped' || phase === 'finished' || phase === 'failed'
  return (
    <>
      {isOver && <p role="status">{T.over[phase](step, steps)}</p>}
      {problem !== undefined && <p class="wrong">{problem}</p>}
      <Curve title={T.loss} points={losses} steps={steps} />
      <Curve title={T.precision} points={precision} steps={steps} most={1} />
      {reached && <Reached reached={reached} training={training} />}
      <ul class="links">
        {state.hasReport && <FileLink training={training} kind="report" />}
        {reached && <FileLink training={training} kind="evaluation" />}
        {state.hasModel && isOver && <FileLink training={training} kind="safetensors" />}
        {state.hasModel && isOver && <FileLink training={training} kind="onnx" />}
      </ul>
      {folder !== undefined && <p class="pale said">{T.folder(folder)}</p>}
    </>
  )
}

interface LinkProps {
  readonly training: Training
  readonly kind: keyof typeof T.files
}

function FileLink({ training, kind }: LinkProps) {
  const { fileUrl } = training
  return (
    <li>
      {fileUrl ? (
        <a href={fileUrl(kind)} target="_blank" rel="noreferrer">
          {T.files[kind]}
        </a>
      ) : (
        <FileSaver training={training} kind={kind} />
      )}
    </li>
  )
}

function FileSaver({ training, kind }: LinkProps) {
  const isMaking = useSignal(false)
  const save = async () => {
    isMaking.value = true
    try {
      const file = await training.file?.(kind)
      if (file) saveFile(file.name, file.content)
    } catch (error) {
      training.problem.value = (error as Error).message
    }
    isMaking.value = false
  }
  return (
    <button type="button" disabled={isMaking.value} onClick={save}>
      {isMaking.value ? T.making : T.files[kind]}
    </button>
  )
}
