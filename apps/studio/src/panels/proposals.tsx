import type { Finder } from '../project/finder.ts'
import type { Scale } from '../project/scale.ts'
import type { Session } from '../project/session.ts'
import { sizesOf } from '../results/object-sizes.ts'
import { TEXTS } from '../texts.ts'
import { ChosenRow } from './chosen-row.tsx'
import { Results } from './results.tsx'
import { Slider } from './slider.tsx'

interface Props {
  readonly session: Session
  readonly finder: Finder
  readonly scale: Scale
}

/** What the model finds on the photo, to be accepted one by one or together. */
export function Proposals({ session, finder, scale }: Props) {
  const shown = session.proposals.value
  const pixelSize = scale.micrometres.value
  const finding = session.finding.value
  return (
    <section aria-labelledby="proposals">
      <h2 id="proposals">{TEXTS.proposals(finder.name)}</h2>
      <button type="button" disabled={finding !== undefined} onClick={session.find}>
        {TEXTS.find}
      </button>
      {finding && (
        <p class="finding" role="status">
          {finding.text} <progress aria-label={finding.text} value={finding.share} />
          <button type="button" onClick={() => finding.control.abort()}>
            {TEXTS.cancel}
          </button>
        </p>
      )}
      {session.findProblem.value !== undefined && <p class="wrong">{session.findProblem}</p>}
      {session.findNotes.value.map((note) => (
        <p key={note} class="pale">
          {note}.
        </p>
      ))}
      {session.hasFound.value && (
        <>
          <Slider text={TEXTS.leastScore} value={session.leastScore} min={0.05} max={1} step={0.01}>
            <output>{session.leastScore.value.toFixed(2)}</output>
          </Slider>
          {shown.length === 0 && <p class="pale">{TEXTS.noProposals}</p>}
          {shown.length > 0 && (
            <button type="button" onClick={() => session.accept(shown)}>
              {TEXTS.acceptAll(shown.length)}
            </button>
          )}
          <ol class="objects">
            {shown.map((proposal, i) => (
              <ChosenRow
                key={i}
                isChosen={session.chosenProposal.value === proposal}
                onChoose={(isChosen) => {
                  session.tool.value = 'select'
                  session.chosenProposal.value = isChosen ? proposal : undefined
                }}
                label={`${proposal.category} ${proposal.score.toFixed(2)}`}
              >
                <span class="pale">{sizesOf(proposal, pixelSize)}</span>
                <button type="button" onClick={() => session.accept([proposal])}>
                  {TEXTS.accept}
                </button>
              </ChosenRow>
            ))}
          </ol>
          {shown.length > 0 && <Results session={session} shown={shown} scale={scale} />}
        </>
      )}
    </section>
  )
}
