/** The page at `/`: a picture in, the objects on it drawn and listed. It asks nothing but its own server. */
import { escaped } from '../report/markup.ts'
import type { PageParts } from '../report/page.ts'
import { PAGE_STYLE } from '../report/page-style.ts'
import { START_SCRIPT } from './start-script.ts'

const START_STYLE = `
[hidden] { display: none !important; }
.drop { display: block; position: relative; border: 2px dashed var(--line); border-radius: 0.75rem; padding: 1.25rem; text-align: center; background: var(--card); cursor: pointer; }
.drop input { position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0; cursor: pointer; }
.drop:focus-within, .drop.over { border-color: var(--accent); outline: 2px solid var(--accent); }
.controls { display: flex; flex-wrap: wrap; gap: 0.75rem 1.5rem; align-items: center; margin: 1rem 0 0; }
.controls label { display: flex; gap: 0.5rem; align-items: center; max-width: 100%; }
select, button, input[type=password] { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 0.4rem; padding: 0.35rem 0.7rem; max-width: 100%; }
button { cursor: pointer; }
button:disabled { opacity: 0.5; cursor: default; }
:is(select, button, input, canvas, .table, a):focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
input[type=range] { accent-color: var(--accent); width: 11rem; max-width: 50vw; }
output { min-width: 2.5rem; font-variant-numeric: tabular-nums; }
#state { min-height: 1.5rem; overflow-wrap: anywhere; }
#state.wrong { color: #d03a2b; }
.result { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 1fr); gap: 1.25rem; align-items: start; }
@media (max-width: 52rem) { .result { grid-template-columns: minmax(0, 1fr); } }
figure { margin: 0; }
canvas { display: block; margin: 0 auto; border-radius: 0.5rem; background: var(--card); }
.result h2 { margin-top: 0; }
.buttons { display: flex; flex-wrap: wrap; gap: 0.5rem; }
.tall { max-height: 28rem; overflow-y: auto; }
.tall table { width: 100%; }
.tall button { border: none; background: none; padding: 0; text-align: left; text-decoration: underline; text-underline-offset: 0.2em; text-decoration-color: var(--line); }
.tall th:first-child { white-space: normal; }
tbody th { font-weight: 400; }
.tall tr.chosen :is(th, td) { background: var(--card); }
tr.chosen button { font-weight: 600; }
.swatch { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 50%; margin-right: 0.5em; }
a { color: var(--accent); }
`

/** Of a server of these models. */
export function startPage(models: readonly string[]): PageParts {
  const options = models.map((name) => `<option>${escaped(name)}</option>`).join('')
  return {
    title: 'Maskwright',
    body: `<main>
<h1>Find objects in a picture</h1>
<div class="drop" id="drop"><input type="file" id="file" accept="image/*,.tif,.tiff,.bmp" aria-label="Picture"><span aria-hidden="true">Drop a picture here, choose one, or paste it</span></div>
<div class="controls">
<label${models.length > 1 ? '' : ' hidden'}>Model <select id="model">${options}</select></label>
<label>Least score <input type="range" id="score" min="0.05" max="1" step="0.01" value="0.5"><output id="least">0.50</output></label>
<label id="secret" hidden>Token <input type="password" id="token" autocomplete="off"></label>
</div>
<p id="state" role="status"></p>
<div class="result" id="result" hidden>
<figure><canvas id="canvas" role="img"></canvas><figcaption id="notes"></figcaption></figure>
<section aria-labelledby="count">
<h2 id="count"></h2>
<p class="buttons"><button type="button" id="json">Download JSON</button><button type="button" id="png">Download PNG</button></p>
<div class="table tall" id="table" tabindex="0" role="region" aria-label="Objects"><table>
<thead><tr><th scope="col">object</th><th scope="col">score</th><th scope="col">area</th></tr></thead><tbody id="list"></tbody>
</table></div>
<p class="pale" id="more"></p>
</section>
</div>
<p class="pale">Pictures go to this server alone, which does not keep them. <a href="docs">Its interface</a></p>
</main>`,
    styles: [PAGE_STYLE + START_STYLE],
    scripts: [START_SCRIPT],
  }
}
