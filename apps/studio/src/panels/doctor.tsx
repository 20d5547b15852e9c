import type { Checking } from '../checking/checking.ts'
import type { ToldCheck, ToldFinding } from '../checking/examination.ts'
import { TEXTS } from '../texts.ts'
import { Problem } from './problem.tsx'

/** Findings of a check that are listed; all of them count. */
const MOST_LISTED = 100

/** What is wrong with the labels of all photos, and with the photos, as `data doctor` says it. */
export function Doctor({ checking }: { readonly checking: Checking }) {
  const { checks, counts, isChecking, looking, problem } = checking
  return (
    <section aria-labelledby="doctor">
      <h2 id="doctor">{TEXTS.doctor}</h2>
      {looking.value ? (
        <p class="finding" role="status">
          {TEXTS.probing(looking.value.done, looking.value.all)}{' '}
          <progress aria-label={TEXTS.checkPhotos} max={looking.value.all} value={looking.value.done} />
          <button type="button" onClick={checking.giveUp}>
            {TEXTS.cancel}
          </button>
        </p>
      ) : (
        <div class="acts">
          <button type="button" disabled={isChecking.value} onClick={checking.check}>
            {isChecking.value ? TEXTS.checking : TEXTS.check}
          </button>
          <button type="button" disabled={isChecking.value} onClick={checking.checkPhotos}>
            {TEXTS.checkPhotos}
          </button>
        </div>
      )}
      <Problem of={problem} />
      {counts.value && (
        <p class="pale" role="status">
          {checks.value?.length === 0 && `${TEXTS.nothingFound} `}
          {TEXTS.checksRun(counts.value.own, counts.value.all)}
        </p>
      )}
      {checks.value?.map((check) => (
        <FoundCheck key={check.name} check={check} checking={checking} />
      ))}
    </section>
  )
}

function FoundCheck({ check, checking }: { readonly check: ToldCheck; readonly checking: Checking }) {
  const { title, severity, why, advice, does, findings } = check
  const mended = findings.filter(({ remedy }) => remedy)
  const mend = (some: readonly ToldFinding[], text: string, name?: string) => (
    <button type="button" aria-label={name} onClick={() => checking.mend(some)}>
      {text}
    </button>
  )
  return (
    <details class={`found ${severity}`}>
      <summary>
        <b>{TEXTS.severity[severity]}</b> {title} <span class="count">{findings.length}</span>
      </summary>
      <p>
        {why} {advice}
      </p>
      {does && (
        <p>
          {does} {mend(mended, TEXTS.mendAll(mended.length))}
        </p>
      )}
      <ul class="findings">
        {findings.slice(0, MOST_LISTED).map((finding, i) => {
          const text = [finding.image, finding.detail].filter((part) => part).join(': ')
          return (
            <li key={i}>
              {finding.imageId === undefined ? (
                <span>{text}</span>
              ) : (
                <button type="button" onClick={() => checking.show(finding)}>
                  {text}
                </button>
              )}
              {finding.remedy && mend([finding], TEXTS.mend, `${TEXTS.mend}: ${text}`)}
            </li>
          )
        })}
      </ul>
      {findings.length > MOST_LISTED && (
        <p class="pale">{TEXTS.moreFindings(findings.length - MOST_LISTED)}</p>
      )}
    </details>
  )
}
