import type { Session } from '../project/session.ts'
import { TEXTS } from '../texts.ts'
import { ChosenRow } from './chosen-row.tsx'
import { Slider } from './slider.tsx'

interface Props {
  readonly session: Session
  readonly model: string
}

/** What the model finds on the photo, to be accepted one by one or together. */
export function Proposals({ session, model }: Props) {
  const shown = session.proposals.value
  const isFinding = session.isFinding.value
  return (
    <section aria-labelledby="proposals">
      <h2 id="proposals">{TEXTS.proposals(model)}</h2>
      <button type="button" disabled={isFinding} onClick={session.find}>
        {isFinding ? TEXTS.finding : TEXTS.find}
      </button>
      {session.findProblem.value !== undefined && <p class="wrong">{session.findProblem}</p>}
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
                <button type="button" onClick={() => session.accept([proposal])}>
                  {TEXTS.accept}
                </button>
              </ChosenRow>
            ))}
          </ol>
        </>
      )}
    </section>
  )
}
